"""Text messages over Twilio: what the outcomes are, and that nobody gets the same text twice."""

import asyncio
import socket
from contextlib import aclosing
from typing import Any

import pytest
from pydantic import SecretStr
from tocsin.demo.twilio_server import Answer, Do, Plan, TwilioServer
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.twilio_sms import Text, TwilioSms
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused

from fakes.relays import collect, lease_of, reason_of, run
from fakes.text_messages import SMS_SENDER, number, text_message, text_messages, twilio_settings

FIRST = number(0)


async def _send(
    server: TwilioServer,
    messages: list[Message],
    *,
    doubtful: frozenset[tuple[str, int]] = frozenset(),
    **fields: Any,
) -> dict[int, Sent]:
    async with TwilioSms(twilio_settings(server, **fields)) as sms:
        flushes = sms.send(messages, lease_of(), sender=SMS_SENDER, doubtful=doubtful)
        return await collect(flushes)


def test_a_text_is_accepted_under_the_sid_that_twilio_gave() -> None:
    async def main() -> None:
        async with TwilioServer() as server:
            sent = await _send(server, [text_message(0)])
            (kept,) = server.messages
            assert sent[0] == Sent("example", 0, Accepted(kept["sid"]), "twilio")
            assert kept["body"] == "Your data was copied. Reference REF00-AAAAA"
            assert (kept["to"], kept["from"]) == (FIRST, SMS_SENDER)

    run(main())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(Do.REFUSE, code=21211), Refused(Reason.MALFORMED_ADDRESS)),
        (Answer(Do.REFUSE, code=21610), Refused(Reason.MAILBOX_BARRED)),
        (Answer(Do.REFUSE, code=21408), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, code=99999), Deferred(Reason.PROTOCOL_ERROR)),
        (Answer(Do.REFUSE, status=429, code=20429), Deferred(Reason.RATE_LIMITED)),
        (Answer(Do.REFUSE, status=429, retry_after=9), Deferred(Reason.RATE_LIMITED, 9)),
        (Answer(Do.REFUSE, status=503, retry_after=3), Deferred(Reason.RELAY_UNAVAILABLE, 3)),
        (Answer(Do.REFUSE, status=307), Deferred(Reason.PROTOCOL_ERROR)),
        (Answer(Do.REFUSE, status=500), InDoubt(Reason.TEMPORARY_FAILURE)),
        (Answer(Do.HANG), InDoubt(Reason.TIMED_OUT)),
        (Answer(Do.CUT), InDoubt(Reason.CONNECTION_LOST)),
    ],
)
def test_every_answer_has_its_outcome_and_is_asked_for_once(answer: Answer, outcome: Any) -> None:
    async def main() -> None:
        async with TwilioServer({FIRST: [answer]}) as server:
            sent = await _send(server, [text_message(0)])
            assert sent[0].outcome == outcome
            assert server.posts == [FIRST]
            assert server.messages == []
            assert server.lists == (2 if isinstance(outcome, InDoubt) else 0)

    run(main())


@pytest.mark.parametrize("do", [Do.HANG, Do.CUT, Do.REFUSE])
@pytest.mark.parametrize("hidden_for", [0, 1])
def test_a_text_that_twilio_has_is_found_and_not_in_doubt(do: Do, hidden_for: int) -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(do, status=502, taken=True)]}
        async with TwilioServer(plan, hidden_for=hidden_for) as server:
            sent = await _send(server, text_messages(3))
            assert [m["sid"] for m in server.messages] == [
                outcome.provider_ref
                for each in sent.values()
                if isinstance(outcome := each.outcome, Accepted)
            ]
            assert len(server.posts) == 3

    run(main())


def test_a_text_in_doubt_is_looked_up_before_it_is_sent_again() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(Do.CUT, taken=True)], number(1): [Answer(Do.CUT), Answer()]}
        async with TwilioServer(plan, hidden_for=4) as server:
            first = await _send(server, text_messages(2))
            assert {reason_of(sent) for sent in first.values()} == {Reason.CONNECTION_LOST}
            doubtful = frozenset({("example", 0), ("example", 1)})
            again = await _send(server, text_messages(2), doubtful=doubtful)
            assert all(isinstance(sent.outcome, Accepted) for sent in again.values())
            assert server.posts == [FIRST, number(1), number(1)]
            assert [m["to"] for m in server.messages] == [FIRST, number(1)]

    run(main())


def test_a_text_in_doubt_is_not_sent_again_while_it_cannot_be_looked_up() -> None:
    async def main() -> None:
        async with TwilioServer(lists_fail=True) as server:
            doubtful = frozenset({("example", 0)})
            sent = await _send(server, text_messages(2), doubtful=doubtful)
            assert sent[0].outcome == InDoubt(Reason.RELAY_UNAVAILABLE)
            assert isinstance(sent[1].outcome, Accepted)
            assert server.posts == [number(1)]

    run(main())


def test_a_flush_that_was_never_applied_is_found_by_the_next_lease() -> None:
    async def main() -> None:
        async with TwilioServer() as server, TwilioSms(twilio_settings(server)) as sms:
            flushes = sms.send(text_messages(1), lease_of(), sender=SMS_SENDER)
            async with aclosing(flushes):
                await anext(flushes)
            doubtful = {("example", 0)}
            again = sms.send(text_messages(1), lease_of(), sender=SMS_SENDER, doubtful=doubtful)
            sent = await collect(again)
            assert sent[0].outcome == Accepted(server.messages[0]["sid"])
            assert len(server.messages) == 1

    run(main())


def test_of_two_people_with_one_phone_the_text_of_one_is_no_proof_for_the_other() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(), Answer(Do.CUT)]}
        async with TwilioServer(plan) as server:
            same = [text_message(seq, to=FIRST, body="Same words") for seq in (0, 1)]
            sent = await _send(server, same)
            assert isinstance(sent[0].outcome, Accepted)
            assert sent[1].outcome == InDoubt(Reason.CONNECTION_LOST)

    run(main())


def test_a_text_that_failed_at_twilio_is_no_proof() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(Do.CUT, taken=True), Answer()]}
        async with TwilioServer(plan, hidden_for=2) as server:
            await _send(server, [text_message(0)])
            server.messages[0]["status"] = "undelivered"
            sent = await _send(server, [text_message(0)], doubtful=frozenset({("example", 0)}))
            assert sent[0].outcome == Accepted(server.messages[1]["sid"])

    run(main())


def test_nothing_is_asked_before_the_time_that_twilio_named() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(Do.REFUSE, status=429, code=20429, retry_after=30)]}
        async with TwilioServer(plan) as server:
            sent = await _send(server, text_messages(3))
            assert server.posts == [FIRST]
            for seq, each in sent.items():
                assert isinstance(each.outcome, Deferred)
                assert each.outcome.reason is (Reason.NOT_ASKED if seq else Reason.RATE_LIMITED)
                assert 29 < (each.outcome.retry_after or 0) <= 30

    run(main())


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("person0@example.test", Reason.MALFORMED_ADDRESS),
        ("2025550100", Reason.MALFORMED_ADDRESS),
        ("+1 202 555 0100", Reason.MALFORMED_ADDRESS),
        ("+1202", Reason.MALFORMED_ADDRESS),
        ("+6581234567", Reason.REFUSED_BY_POLICY),  # registered there is nobody
        ("+4740612345", Reason.REFUSED_BY_POLICY),  # a country without a row
    ],
)
def test_a_number_that_gets_no_text_is_refused_before_anything_is_asked(
    to: str, reason: Reason
) -> None:
    async def main() -> None:
        async with TwilioServer() as server:
            sent = await _send(server, [text_message(0, to=to)])
            assert sent[0].outcome == Refused(reason)
            assert server.posts == []

    run(main())


def test_where_nobody_listens_nothing_was_handed_over() -> None:
    async def main() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            here = f"http://127.0.0.1:{unused.getsockname()[1]}"
            sent = await _send(TwilioServer(), [text_message(0)], base_url=here)
            assert sent[0].outcome == Deferred(Reason.RELAY_UNAVAILABLE)

    run(main())


def test_a_lost_lease_aborts_the_text_in_flight_and_empty_flushes_come_before() -> None:
    async def main() -> None:
        async with TwilioServer({FIRST: [Answer(Do.HANG)]}) as server:
            beats: list[int] = []
            lease = lease_of(1.2)
            async with TwilioSms(twilio_settings(server, timeout_s=10)) as sms:
                flushes = sms.send(text_messages(2), lease, sender=SMS_SENDER)
                started = asyncio.get_running_loop().time()
                assert await collect(flushes, lambda flush: beats.append(len(flush))) == {}
                assert asyncio.get_running_loop().time() - started < 2.5
            assert set(beats) == {0}
            assert server.posts == [FIRST]

    run(main())


def test_a_sender_that_is_not_configured_is_refused() -> None:
    async def main() -> None:
        async with TwilioServer() as server, TwilioSms(twilio_settings(server)) as sms:
            with pytest.raises(InvalidInput, match="sender"):
                await collect(sms.send(text_messages(1), lease_of(), sender="Somebody"))

    run(main())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "http://api.twilio.com"),
        ("base_url", "ftp://127.0.0.1"),
        ("account_sid", "../x"),
        ("auth_token", SecretStr("")),
        ("senders", ()),
        ("timeout_s", 0),
        ("look_up_after_s", (-1.0,)),
    ],
)
def test_settings_that_cannot_work_name_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        twilio_settings(TwilioServer(url="http://127.0.0.1:1"), **{field: value})
    assert refused.value.field == f"twilio.{field}"


def test_no_number_and_no_token_shows_in_a_repr() -> None:
    settings = twilio_settings(TwilioServer(url="http://127.0.0.1:1"))
    assert "made-up-token" not in repr(settings)
    assert FIRST not in repr(Text(FIRST, SMS_SENDER, "words")) + repr(text_message(0))
