"""Notices to the organisation's own system: signed, repeated under one id, translated once."""

import base64
from typing import Any

import pytest
from pydantic import SecretStr
from tocsin.demo.http_plans import Answer, Do, patience
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.webhook import Webhook, signature, webhook_id
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused

from fakes.push_messages import noticed, return_code, webhook_settings
from fakes.relays import SENDER, collect, lease_of, run
from fakes.webhook_receiver import WebhookReceiver

FIRST = "account-0"


async def _send(
    receiver: WebhookReceiver, messages: list[Message], *, at: float | None = None, **fields: Any
) -> dict[int, Sent]:
    settings = webhook_settings(receiver, **fields)
    webhook = Webhook(settings) if at is None else Webhook(settings, clock=lambda: at)
    async with webhook:
        return await collect(webhook.send(messages, lease_of(), sender=SENDER))


def test_the_organisation_learns_whom_to_tell_and_what() -> None:
    async def main() -> None:
        async with WebhookReceiver() as receiver:
            sent = await _send(receiver, [noticed(0, FIRST)])
            assert sent[0] == Sent("example", 0, Accepted(), "webhook")
            (said,) = receiver.told.values()
            assert said == {
                "account": FIRST,
                "notice": {
                    "title": "Your data was copied",
                    "body": "Someone copied your data.\n\nYour reference: REF00-AAAAA",
                    "lang": "en",
                    "reference": "REF00-AAAAA",
                    "code": str(return_code(0)),
                },
            }
            assert receiver.unsigned == 0

    run(main())


def test_a_repeat_bears_the_same_id_and_another_rung_does_not() -> None:
    async def main() -> None:
        first = Answer(Do.CUT, taken=True)
        async with WebhookReceiver({FIRST: [first, Answer()]}) as receiver:
            doubt = await _send(receiver, [noticed(0, FIRST)])
            assert doubt[0].outcome == InDoubt(Reason.CONNECTION_LOST)
            await _send(receiver, [noticed(0, FIRST)])
            assert receiver.asked == [FIRST, FIRST]
            assert len(receiver.told) == 1
            await _send(receiver, [noticed(0, FIRST, code=str(return_code(0, rung=2)))])
            assert len(receiver.told) == 2

    run(main())


def test_the_signature_is_that_of_the_standard() -> None:
    # the example that the libraries of Standard Webhooks test themselves with
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    name, at, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    assert signature(key, name, at, body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhook_id("REF00-AAAAA", "") != webhook_id("REF01-AAAAA", "")


def test_the_time_of_a_request_is_the_clocks() -> None:
    async def main() -> None:
        async with WebhookReceiver(now=1_800_000_000.0) as receiver:
            sent = await _send(receiver, [noticed(0, FIRST)], at=1_800_000_100.9)
            assert isinstance(sent[0].outcome, Accepted)
            late = await _send(receiver, [noticed(1, FIRST)], at=1_800_001_000.0)
            assert late[1].outcome == Deferred(Reason.RELAY_REFUSED_US)

    run(main())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(Do.REFUSE, status=200), Accepted()),
        (Answer(Do.REFUSE, status=410), Refused(Reason.NO_SUCH_MAILBOX)),
        (Answer(Do.REFUSE, status=400), Refused(Reason.REFUSED_CONTENT)),
        (Answer(Do.REFUSE, status=422), Refused(Reason.REFUSED_CONTENT)),
        (Answer(Do.REFUSE, status=401), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=404), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=418), Deferred(Reason.PROTOCOL_ERROR)),
        (Answer(Do.REFUSE, status=308), Deferred(Reason.PROTOCOL_ERROR)),
        (Answer(Do.REFUSE, status=429, retry_after=4), Deferred(Reason.RATE_LIMITED, 4)),
        (Answer(Do.REFUSE, status=503), Deferred(Reason.RELAY_UNAVAILABLE)),
        (Answer(Do.REFUSE, status=500), InDoubt(Reason.TEMPORARY_FAILURE)),
        (Answer(Do.HANG), InDoubt(Reason.TIMED_OUT)),
        (Answer(Do.CUT), InDoubt(Reason.CONNECTION_LOST)),
    ],
)
def test_every_answer_has_its_outcome_and_is_asked_for_once(answer: Answer, outcome: Any) -> None:
    async def main() -> None:
        async with WebhookReceiver({FIRST: [answer]}) as receiver:
            sent = await _send(receiver, [noticed(0, FIRST)], timeout_s=patience(answer))
            assert sent[0].outcome == outcome
            assert receiver.asked == [FIRST]

    run(main())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (noticed(0, ""), Reason.MALFORMED_ADDRESS),
        (noticed(0, FIRST)._replace(pieces=(b"[]",)), Reason.REFUSED_CONTENT),
    ],
)
def test_what_says_nothing_to_nobody_is_not_posted(message: Message, reason: Reason) -> None:
    async def main() -> None:
        async with WebhookReceiver() as receiver:
            sent = await _send(receiver, [message])
            assert sent[0].outcome == Refused(reason)
            assert receiver.asked == []

    run(main())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://example.test/notices"),
        ("url", "https://user:word@example.test/notices"),
        ("url", "https://"),
        ("secret", SecretStr("made-up")),
        ("secret", SecretStr("whsec_AAAA")),
        ("secret", SecretStr("whsec_???")),
        ("flush", 0),
    ],
)
def test_settings_that_cannot_work_name_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        webhook_settings(WebhookReceiver(url="http://127.0.0.1:1"), **{field: value})
    assert refused.value.field == f"webhook.{field}"


def test_no_secret_shows_in_a_repr() -> None:
    assert "whsec" not in repr(webhook_settings(WebhookReceiver(url="http://127.0.0.1:1")))
