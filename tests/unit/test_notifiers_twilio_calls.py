"""Calls over Twilio: what is asked for, what the outcomes are, and that no phone rings twice."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from tocsin.demo.twilio_server import Answer, Do, Plan, TwilioServer, rough_plan
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.twilio_calls import Call, TwilioCalls
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused

from fakes.phone_calls import (
    CALLER,
    PUBLIC,
    call_content,
    call_settings,
    code_of,
    phone_call,
    phone_calls,
)
from fakes.relays import collect, lease_of, run
from fakes.text_messages import number

FIRST = number(0)


async def _send(
    server: TwilioServer,
    messages: list[Message],
    *,
    doubtful: frozenset[tuple[str, int]] = frozenset(),
    **fields: Any,
) -> dict[int, Sent]:
    async with TwilioCalls(call_settings(server, **fields)) as calls:
        flushes = calls.send(messages, lease_of(), sender=CALLER, doubtful=doubtful)
        return await collect(flushes)


def test_a_call_is_asked_for_with_its_script_and_where_to_call_back() -> None:
    async def main() -> None:
        async with TwilioServer() as server:
            sent = await _send(server, phone_calls(1), ring_s=20, longest_s=90)
            (kept,) = server.calls
            assert sent[0] == Sent("example", 0, Accepted(kept["sid"]), "twilio")
            form = server.forms[kept["sid"]]
            twiml = form.pop("Twiml")
            assert f"{PUBLIC}/twilio/call/{code_of(0)}/keys#rc=5&amp;rp=5xx,ct,rt" in twiml
            assert form == {
                "To": FIRST,
                "From": CALLER,
                "Timeout": "20",
                "TimeLimit": "90",
                "MachineDetection": "DetectMessageEnd",
                "AsyncAmd": "true",
                "AsyncAmdStatusCallback": f"{PUBLIC}/twilio/call/{code_of(0)}/answered"
                "#rc=5&rp=5xx,ct,rt",
                "StatusCallback": f"{PUBLIC}/twilio/call/{code_of(0)}#rc=5&rp=5xx,ct,rt",
            }

    run(main())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(Do.REFUSE, code=13224), Refused(Reason.NO_SUCH_MAILBOX)),
        (Answer(Do.REFUSE, code=21217), Refused(Reason.MALFORMED_ADDRESS)),
        (Answer(Do.REFUSE, code=21210), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, code=21215), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, code=10004), Deferred(Reason.RATE_LIMITED)),
        (Answer(Do.REFUSE, status=429, retry_after=9), Deferred(Reason.RATE_LIMITED, 9)),
        (Answer(Do.REFUSE, status=500), InDoubt(Reason.TEMPORARY_FAILURE)),
        (Answer(Do.HANG), InDoubt(Reason.TIMED_OUT)),
        (Answer(Do.CUT), InDoubt(Reason.CONNECTION_LOST)),
    ],
)
def test_every_answer_has_its_outcome_and_is_asked_for_once(answer: Answer, outcome: Any) -> None:
    async def main() -> None:
        async with TwilioServer({FIRST: [answer]}) as server:
            sent = await _send(server, phone_calls(1))
            assert sent[0].outcome == outcome
            assert server.posts == [FIRST]
            assert server.calls == []

    run(main())


def test_a_call_whose_answer_was_lost_is_found_and_not_made_again() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(Do.CUT, taken=True)]}
        async with TwilioServer(plan, hidden_for=1) as server:
            sent = await _send(server, phone_calls(1))
            assert sent[0].outcome == Accepted(server.calls[0]["sid"])
            assert server.posts == [FIRST]

    run(main())


def test_a_call_in_doubt_is_looked_up_before_it_is_made_again() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(Do.CUT, taken=True)], number(1): [Answer(Do.CUT), Answer()]}
        async with TwilioServer(plan, hidden_for=4) as server:
            await _send(server, phone_calls(2))
            doubtful = frozenset({("example", 0), ("example", 1)})
            again = await _send(server, phone_calls(2), doubtful=doubtful)
            assert all(isinstance(sent.outcome, Accepted) for sent in again.values())
            assert server.posts == [FIRST, number(1), number(1)]
            assert [c["to"] for c in server.calls] == [FIRST, number(1)]

    run(main())


def test_a_call_in_doubt_is_not_made_while_it_cannot_be_looked_up() -> None:
    async def main() -> None:
        async with TwilioServer(lists_fail=True) as server:
            sent = await _send(server, phone_calls(1), doubtful=frozenset({("example", 0)}))
            assert sent[0].outcome == InDoubt(Reason.RELAY_UNAVAILABLE)
            assert server.posts == []

    run(main())


@pytest.mark.parametrize(
    ("status", "found"),
    [("completed", True), ("busy", True), ("no-answer", True), ("failed", False)],
)
def test_a_call_that_may_have_rung_counts_and_one_that_never_did_does_not(
    status: str, found: bool
) -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(Do.CUT, taken=True), Answer()]}
        async with TwilioServer(plan, hidden_for=2) as server:
            await _send(server, phone_calls(1))
            server.calls[0]["status"] = status
            await _send(server, phone_calls(1), doubtful=frozenset({("example", 0)}))
            assert len(server.calls) == (1 if found else 2)

    run(main())


def test_a_call_of_long_ago_is_that_of_another_notice() -> None:
    async def main() -> None:
        async with TwilioServer() as server:
            await _send(server, phone_calls(1))
            before = datetime.now(UTC) - timedelta(seconds=90)
            server.calls[0]["date_created"] = format_datetime(before)
            doubtful = frozenset({("example", 0)})
            await _send(server, phone_calls(1), doubtful=doubtful, look_back_s=100)
            assert len(server.calls) == 1
            await _send(server, phone_calls(1), doubtful=doubtful, look_back_s=60)
            assert len(server.calls) == 2

    run(main())


def test_a_call_just_made_is_not_taken_for_one_of_the_same_day() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(), Answer(Do.CUT)]}
        async with TwilioServer(plan) as server:
            await _send(server, phone_calls(1))
            before = datetime.now(UTC) - timedelta(seconds=90)
            server.calls[0]["date_created"] = format_datetime(before)
            sent = await _send(server, phone_calls(1))
            assert sent[0].outcome == InDoubt(Reason.CONNECTION_LOST)

    run(main())


def test_of_two_people_who_share_a_phone_each_gets_a_call_of_their_own() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(Do.CUT, taken=True)] * 2}
        async with TwilioServer(plan, hidden_for=1) as server:
            async with TwilioCalls(call_settings(server)) as calls:
                sendings = [
                    collect(calls.send([phone_call(seq, to=FIRST)], lease_of(), sender=CALLER))
                    for seq in (0, 1)
                ]
                first, second = await asyncio.gather(*sendings)
            found = {first[0].outcome, second[1].outcome}
            assert found == {Accepted(call["sid"]) for call in server.calls}
            assert len(server.calls) == 2

    run(main())


def test_a_call_that_is_being_made_is_not_taken_for_that_of_another_person() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(after_s=0.2), Answer(Do.CUT)]}
        async with TwilioServer(plan) as server, TwilioCalls(call_settings(server)) as calls:
            sendings = [
                collect(calls.send([phone_call(seq, to=FIRST)], lease_of(), sender=CALLER))
                for seq in (0, 1)
            ]
            first, second = await asyncio.gather(*sendings)
            assert first[0].outcome == Accepted(server.calls[0]["sid"])
            assert second[1].outcome == InDoubt(Reason.CONNECTION_LOST)

    run(main())


def test_what_was_found_but_never_recorded_can_be_found_again() -> None:
    async def main() -> None:
        async with TwilioServer() as server, TwilioCalls(call_settings(server)) as calls:
            flushes = calls.send(phone_calls(1), lease_of(), sender=CALLER)
            async with aclosing(flushes):
                await anext(flushes)
            doubtful = {("example", 0)}
            for _ in range(2):
                again = calls.send(phone_calls(1), lease_of(), sender=CALLER, doubtful=doubtful)
                async with aclosing(again):
                    (found,) = await anext(again)
                assert found.outcome == Accepted(server.calls[0]["sid"])
            assert len(server.calls) == 1

    run(main())


def test_nobody_is_lost_or_called_twice_amid_errors() -> None:
    """Errors hit one number in twenty; whoever is put off or in doubt is sent again."""

    async def main() -> None:
        everybody = [number(seq) for seq in range(100)]
        async with TwilioServer(rough_plan(everybody, seed=7)) as server:
            left, doubtful = phone_calls(100), frozenset[tuple[str, int]]()
            for _ in range(3):
                sent = await _send(server, left, doubtful=doubtful)
                left = [m for m in left if not isinstance(sent[m.seq].outcome, Accepted)]
                doubtful = frozenset(
                    (m.lane, m.seq) for m in left if isinstance(sent[m.seq].outcome, InDoubt)
                )
            assert left == []
            assert sorted(c["to"] for c in server.calls) == sorted(everybody)
            assert len(server.posts) > 100

    run(main())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (phone_call(0, to="2025550100"), Reason.MALFORMED_ADDRESS),
        (phone_call(0, to="person0@example.test"), Reason.MALFORMED_ADDRESS),
        (phone_call(0, lang="eo"), Reason.REFUSED_CONTENT),
        (phone_call(0, say=["A long story. " * 300]), Reason.REFUSED_CONTENT),
    ],
)
def test_who_cannot_be_called_is_refused_before_anything_is_asked(
    message: Message, reason: Reason
) -> None:
    async def main() -> None:
        async with TwilioServer() as server:
            sent = await _send(server, [message])
            assert sent[0].outcome == Refused(reason)
            assert server.posts == []

    run(main())


def test_a_script_that_is_too_long_to_be_said_twice_is_said_once() -> None:
    async def main() -> None:
        async with TwilioServer() as server:
            story = phone_call(1, say=["A long story. " * 200])
            await _send(server, [phone_call(0), story])
            said = [server.forms[c["sid"]]["Twiml"].count("<Gather") for c in server.calls]
            assert said == [2, 1]

    run(main())


def test_a_machine_is_left_the_neutral_words_while_the_call_goes_on() -> None:
    async def main() -> None:
        async with TwilioServer() as server, TwilioCalls(call_settings(server)) as calls:
            await collect(calls.send(phone_calls(1), lease_of(), sender=CALLER))
            sid = server.calls[0]["sid"]
            assert not await calls.leave_message(sid, call_content(0))  # it does not go on yet
            server.calls[0]["status"] = "in-progress"
            assert await calls.leave_message(sid, call_content(0))
            ((changed, twiml),) = server.changes
            assert changed == sid
            assert "has an important notice" in twiml
            assert "recorded message" not in twiml
            assert not await calls.leave_message("../x", call_content(0))

    run(main())


def test_a_number_that_is_not_configured_makes_no_calls() -> None:
    async def main() -> None:
        async with TwilioServer() as server, TwilioCalls(call_settings(server)) as calls:
            with pytest.raises(InvalidInput, match="sender"):
                await collect(calls.send(phone_calls(1), lease_of(), sender="+15005550001"))

    run(main())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("numbers", ()),
        ("numbers", ("Organisation",)),
        ("public_url", ""),
        ("public_url", "http://notices.organisation.test"),
        ("public_url", "https://notices.organisation.test/"),
        ("public_url", "https://notices.organisation.test/?a=b"),
        ("ring_s", 0),
        ("longest_s", 0),
        ("look_back_s", 0),
        ("rate_per_s", 0),
    ],
)
def test_settings_that_cannot_work_name_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        call_settings(TwilioServer(url="http://127.0.0.1:1"), **{field: value})
    assert refused.value.field == f"twilio.{field}"


def test_no_number_and_no_token_shows_in_a_repr() -> None:
    settings = call_settings(TwilioServer(url="http://127.0.0.1:1"))
    assert "made-up-token" not in repr(settings)
    assert FIRST not in repr(Call(FIRST, CALLER, 1.0))
