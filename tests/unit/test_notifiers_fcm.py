"""Push messages to apps: what Firebase's answers come to, and how access is asked for."""

import asyncio
import json
import socket
from typing import Any

import pytest
from pydantic import SecretStr
from tocsin.demo.fcm_server import FcmServer, error, service_account
from tocsin.demo.http_plans import Answer, Do, patience
from tocsin.notifiers.fcm import FcmPush, collapse_key
from tocsin.notifiers.fcm_answers import MEANINGS
from tocsin.notifiers.sent import Sent
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused

from fakes.push_messages import fcm_settings, noticed, return_code
from fakes.relays import SENDER, collect, lease_of, run

FIRST = "token-0"


def _to(seq: int, **fields: Any) -> Message:
    return noticed(seq, f"token-{seq}", **fields)


async def _send(server: FcmServer, messages: list[Message], **fields: Any) -> dict[int, Sent]:
    async with FcmPush(fcm_settings(server, **fields)) as push:
        return await collect(push.send(messages, lease_of(), sender=SENDER))


def test_an_app_is_shown_the_notice_and_given_its_codes() -> None:
    async def main() -> None:
        async with FcmServer() as server:
            sent = await _send(server, [_to(0)])
            assert sent[0] == Sent("example", 0, Accepted("0:1%31bd1c96"), "fcm")
            key = collapse_key("REF00-AAAAA")
            assert server.messages == [
                {
                    "token": FIRST,
                    "notification": {
                        "title": "Your data was copied",
                        "body": "Someone copied your data.\n\nYour reference: REF00-AAAAA",
                    },
                    "data": {
                        "reference": "REF00-AAAAA",
                        "code": str(return_code(0)),
                        "lang": "en",
                    },
                    "android": {
                        "collapse_key": key,
                        "priority": "HIGH",
                        "ttl": "604800s",
                        "notification": {"tag": key},
                    },
                    "apns": {"headers": {"apns-collapse-id": key, "apns-priority": "10"}},
                }
            ]

    run(main())


def test_a_repeat_replaces_the_notice_that_is_shown() -> None:
    async def main() -> None:
        async with FcmServer() as server:
            await _send(server, [_to(0)])
            await _send(server, [_to(0), _to(1)])
            assert len(server.messages) == 3
            assert len(server.shown) == 2

    run(main())


_TOKEN_WORDS = "The registration token is not a valid FCM registration token"
_AT_FAULT = "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (error(404, "UNREGISTERED"), Refused(Reason.NO_SUCH_MAILBOX)),
        (error(403, "SENDER_ID_MISMATCH"), Refused(Reason.NO_SUCH_MAILBOX)),
        (
            error(400, _AT_FAULT, field_at_fault="message.token"),
            Refused(Reason.MALFORMED_ADDRESS),
        ),
        (error(400, _AT_FAULT, words=_TOKEN_WORDS), Refused(Reason.MALFORMED_ADDRESS)),
        (
            error(400, _AT_FAULT, field_at_fault="message.data[0].value"),
            Refused(Reason.REFUSED_CONTENT),
        ),
        (error(400, _AT_FAULT), Refused(Reason.REFUSED_CONTENT)),
        (Answer(Do.REFUSE, status=400), Refused(Reason.REFUSED_CONTENT)),
        (error(429, "QUOTA_EXCEEDED"), Deferred(Reason.RATE_LIMITED, 60.0)),
        (error(503, "UNAVAILABLE"), Deferred(Reason.RELAY_UNAVAILABLE)),
        (error(500, "INTERNAL"), InDoubt(Reason.TEMPORARY_FAILURE)),
        (error(401, "THIRD_PARTY_AUTH_ERROR"), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=403), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=404), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=503, retry_after=7), Deferred(Reason.RELAY_UNAVAILABLE, 7)),
        (Answer(Do.REFUSE, status=502), InDoubt(Reason.TEMPORARY_FAILURE)),
        (Answer(Do.REFUSE, status=307), Deferred(Reason.PROTOCOL_ERROR)),
        (Answer(Do.REFUSE, status=200, body={"name": "?"}), InDoubt(Reason.PROTOCOL_ERROR)),
        (Answer(Do.HANG), InDoubt(Reason.TIMED_OUT)),
        (Answer(Do.CUT), InDoubt(Reason.CONNECTION_LOST)),
    ],
)
def test_every_answer_has_its_outcome_and_is_asked_for_once(answer: Answer, outcome: Any) -> None:
    async def main() -> None:
        async with FcmServer({FIRST: [answer]}) as server:
            sent = await _send(server, [_to(0)], timeout_s=patience(answer))
            assert sent[0].outcome == outcome
            assert server.asked == [FIRST]
            assert server.granted == 1

    run(main())


def test_every_code_of_the_reference_has_a_meaning() -> None:
    of_the_reference = {
        *("INVALID_ARGUMENT", "UNREGISTERED", "SENDER_ID_MISMATCH", "QUOTA_EXCEEDED"),
        *("UNAVAILABLE", "INTERNAL", "THIRD_PARTY_AUTH_ERROR"),
    }
    assert MEANINGS.keys() | {_AT_FAULT} == of_the_reference


def test_nothing_is_asked_of_firebase_before_the_time_it_named() -> None:
    async def main() -> None:
        async with FcmServer({FIRST: [error(429, "QUOTA_EXCEEDED")]}) as server:
            sent = await _send(server, [_to(seq) for seq in range(3)], connections=1)
            assert server.asked == [FIRST]
            for each in sent.values():
                assert isinstance(each.outcome, Deferred)
                assert 59 < (each.outcome.retry_after or 0) <= 60

    run(main())


def test_one_access_token_serves_many_messages() -> None:
    async def main() -> None:
        async with FcmServer() as server:
            sent = await _send(server, [_to(seq) for seq in range(30)], connections=8)
            assert len(sent) == len(server.messages) == 30
            assert server.granted == 1

    run(main())


def test_an_access_token_is_renewed_before_it_ends() -> None:
    async def main() -> None:
        async with FcmServer(lasts_s=1.5) as server:
            sent = await _send(server, [_to(seq) for seq in range(20)], rate_per_s=10.0)
            assert {type(each.outcome) for each in sent.values()} == {Accepted}
            assert 2 <= server.granted < 20
            assert server.unauthenticated == 0

    run(main())


def test_a_token_that_is_no_longer_taken_is_renewed_once() -> None:
    async def main() -> None:
        async with FcmServer(revoked={"ya29.1"}) as server:
            sent = await _send(server, [_to(0)])
            assert isinstance(sent[0].outcome, Accepted)
            assert server.granted == 2
        async with FcmServer(revoked={"ya29.1", "ya29.2", "ya29.3"}) as server:
            sent = await _send(server, [_to(0)])
            assert sent[0].outcome == Deferred(Reason.RELAY_REFUSED_US)
            assert server.granted == 2

    run(main())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(Do.REFUSE, status=400), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=200, body={}), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=503, retry_after=5), Deferred(Reason.RELAY_UNAVAILABLE, 5)),
        (Answer(Do.CUT), Deferred(Reason.RELAY_UNAVAILABLE)),
        (Answer(Do.HANG), Deferred(Reason.RELAY_UNAVAILABLE)),
    ],
)
def test_without_access_nothing_has_left(answer: Answer, outcome: Any) -> None:
    async def main() -> None:
        async with FcmServer(token_answers=[answer]) as server:
            sent = await _send(server, [_to(0)], timeout_s=patience(answer))
            assert sent[0].outcome == outcome
            assert server.asked == []

    run(main())


def test_where_nobody_listens_nothing_was_handed_over() -> None:
    async def main() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            here = f"http://127.0.0.1:{unused.getsockname()[1]}"
            async with FcmServer() as server:
                sent = await _send(server, [_to(0)], base_url=here)
            assert sent[0].outcome == Deferred(Reason.RELAY_UNAVAILABLE)

    run(main())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (noticed(0, ""), Reason.MALFORMED_ADDRESS),
        (noticed(0, "tokén"), Reason.MALFORMED_ADDRESS),
        (noticed(0, "x" * 4_097), Reason.MALFORMED_ADDRESS),
        (_to(0)._replace(pieces=(b"no JSON",)), Reason.REFUSED_CONTENT),
        (_to(0, title=""), Reason.REFUSED_CONTENT),
        (_to(0, body=None), Reason.REFUSED_CONTENT),
    ],
)
def test_what_cannot_be_shown_is_refused_before_anything_is_asked(
    message: Message, reason: Reason
) -> None:
    async def main() -> None:
        async with FcmServer() as server:
            sent = await _send(server, [message])
            assert sent[0].outcome == Refused(reason)
            assert (server.asked, server.granted) == ([], 0)

    run(main())


def test_a_lease_that_ends_while_access_is_asked_for_starts_nothing() -> None:
    async def main() -> None:
        async with FcmServer(token_answers=[Answer(Do.HANG)]) as server:
            async with FcmPush(fcm_settings(server, timeout_s=10)) as push:
                started = asyncio.get_running_loop().time()
                flushes = push.send([_to(0), _to(1)], lease_of(0.6), sender=SENDER)
                assert await collect(flushes) == {}
                assert asyncio.get_running_loop().time() - started < 2
            assert server.asked == []

    run(main())


def _changed(**fields: Any) -> SecretStr:
    return SecretStr(json.dumps(json.loads(service_account("http://127.0.0.1:1")) | fields))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service_account", SecretStr("")),
        ("service_account", SecretStr("{}")),
        ("service_account", _changed(private_key="no key")),
        ("service_account", _changed(token_uri="http://example.test/token")),
        ("service_account", _changed(project_id="../x")),
        ("base_url", "http://fcm.googleapis.com"),
        ("ttl_s", 2_419_201),
        ("connections", 0),
    ],
)
def test_settings_that_cannot_work_name_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        fcm_settings(FcmServer(url="http://127.0.0.1:1"), **{field: value})
    assert refused.value.field == f"fcm.{field}"


def test_no_key_shows_in_a_repr() -> None:
    assert "PRIVATE" not in repr(fcm_settings(FcmServer(url="http://127.0.0.1:1")))
