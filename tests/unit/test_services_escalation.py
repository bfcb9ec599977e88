"""What keeps an escalation from going on at once: the night, the limit, the governor."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.ledger.audience import CohortRow
from tocsin.schemas.canonical import instant
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Await, Commit, Fact, FactKind, HoldLane, Transition
from tocsin.schemas.event import BatchDue, EscalationDue, Event
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import LaneView
from tocsin.services.escalation import escalate

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
LADDER = ["email", "sms", "letter"]
NIGHT = NOW.replace(hour=22, minute=0)  # 23:00 in Berlin, 06:00 in Shanghai, 17:00 in New York


@dataclass
class World:
    """A round by e-mail, text message and letter; everybody who is left is open."""

    residences: dict[int, str] = field(default_factory=dict)
    due_at: datetime | None = None
    paid_for: dict[Channel, int] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    is_held: bool = False

    async def plan(self, round_id: str) -> dict[str, Any]:
        due_at = None if self.due_at is None else instant(self.due_at)
        decided = {"announce": False}
        return {"decision": decided, "ladder": LADDER, "ladders": {"0": LADDER}, "due_at": due_at}

    async def open_among(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> dict[int, CohortRow]:
        return {seq: CohortRow(seq, 0, "", self.residences.get(seq, "DE")) for seq in seqs}

    async def first_reasons(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> dict[int, Reason]:
        return {}

    async def committed(self, round_id: str) -> dict[Channel, int]:
        return self.paid_for

    async def lane(self, round_id: str, lane: str, rung: int) -> LaneView:
        return LaneView(round_id, lane, rung, LADDER[rung], self.counts, held=self.is_held)


def escalated(
    world: World,
    left: Sequence[tuple[int, Result, Reason]],
    *,
    now: datetime = NOW,
    policy: Policy | None = None,
    rung: int = 0,
    **fields: Any,
) -> tuple[Event, Commit]:
    due = EscalationDue(
        round=ROUND,
        rung=rung,
        lane="gmail" if rung == 0 else "sms-49",
        attempt=0,
        channel=Channel(LADDER[rung]),
        left=tuple(left),
        **fields,
    )
    given_event = event("escalation", round_id=ROUND, payload=due)
    ports: Any = dict.fromkeys(("standing", "purse", "lanes"), world)
    policy = policy or Policy()

    async def main() -> list[Commit]:
        stream = escalate(given_event, None, **ports, policy=policy, now=now)
        return [commit async for commit in stream]

    (commit,) = asyncio.run(main())
    assert commit.done
    return given_event, commit


def gone(*seqs: int) -> list[tuple[int, Result, Reason]]:
    return [(seq, Result.REFUSED, Reason.NO_SUCH_MAILBOX) for seq in seqs]


def batches(commit: Commit) -> dict[tuple[int, ...], Event]:
    found = [(e.payload, e) for e in commit.events if isinstance(e.payload, BatchDue)]
    return {payload.only: e for payload, e in found}


def alarm_of(commit: Commit) -> str:
    facts = [w for w in commit.writes if isinstance(w, Fact) and w.kind is FactKind.ALARM]
    return " ".join(fact.body["text"] for fact in facts)


def test_who_is_asleep_where_they_live_is_told_in_the_morning_and_the_others_now() -> None:
    world = World(residences={0: "DE", 1: "DE", 2: "US-NY", 3: "CN"})
    _, commit = escalated(world, gone(0, 1, 2, 3), now=NIGHT)
    due = {only: e.due for only, e in batches(commit).items()}
    assert due == {
        (0, 1): NIGHT + timedelta(hours=9),  # 08:00 in Berlin
        (2,): NIGHT,  # day from Honolulu to New York
        (3,): NIGHT + timedelta(hours=4),  # 08:00 in Urumqi
    }
    assert {
        e.payload.residence for e in batches(commit).values() if isinstance(e.payload, BatchDue)
    } == {"DE", "US-NY", "CN"}


def test_at_night_a_letter_is_ordered_at_once_and_for_everybody_together() -> None:
    world = World(residences={0: "DE", 1: "CN"})
    at_once = Policy(gather_minutes={})
    _, commit = escalated(world, gone(0, 1), now=NIGHT, rung=1, policy=at_once)
    ((only, letter),) = batches(commit).items()
    assert (only, letter.due) == ((0, 1), NIGHT)


def test_who_goes_on_to_letters_waits_for_others() -> None:
    _, commit = escalated(World(), gone(0, 1), now=NIGHT, rung=1)
    (waits,) = [w for w in commit.writes if isinstance(w, Await)]
    assert [(row.rung, row.lane, row.seq) for row in waits.rows] == [
        (2, "sms-49", 0),
        (2, "sms-49", 1),
    ]
    (gathering,) = commit.events
    assert gathering.due == NIGHT + timedelta(hours=1)


def test_near_the_laws_time_nobody_is_let_sleep() -> None:
    world = World(due_at=NIGHT + timedelta(hours=10))
    _, commit = escalated(world, gone(0), now=NIGHT)
    assert [e.due for e in commit.events] == [NIGHT]


def test_a_retry_of_a_text_message_waits_for_the_day_of_its_lane_and_keeps_its_place() -> None:
    left = [(0, Result.DEFERRED, Reason.RATE_LIMITED)]
    _, commit = escalated(World(), left, now=NIGHT, rung=1, residence="DE")
    (again,) = commit.events
    assert isinstance(again.payload, BatchDue)
    assert (again.due, again.payload.residence) == (NIGHT + timedelta(hours=9), "DE")


PRICED = Policy(unit_costs={Channel.SMS: Decimal(8)}, cost_limit_cents=800)


def test_within_the_limit_everybody_goes_on() -> None:
    _, commit = escalated(World(paid_for={Channel.SMS: 98}), gone(0, 1), policy=PRICED)
    assert set(batches(commit)) == {(0, 1)}
    assert not commit.writes


def test_beyond_the_limit_nobody_is_dropped_and_the_round_is_paused_with_the_sum() -> None:
    given_event, commit = escalated(World(paid_for={Channel.SMS: 98}), gone(0, 1, 2), policy=PRICED)
    assert batches(commit) == {}
    (anew,) = commit.events
    assert isinstance(anew.payload, EscalationDue)
    assert anew.payload.left == tuple(gone(0, 1, 2))
    assert anew.id != given_event.id
    (pause,) = [w for w in commit.writes if isinstance(w, Transition)]
    assert (pause.machine, pause.name, pause.state) == ("round", ROUND, "paused")
    assert (pause.by, pause.was) == ("", "sending")
    assert "EUR 8.08, and the limit is EUR 8.00" in alarm_of(commit)
    assert "resume" in alarm_of(commit)


def test_what_is_free_goes_on_while_what_is_paid_for_waits() -> None:
    left = [*gone(0), (1, Result.DEFERRED, Reason.MAILBOX_FULL)]
    _, commit = escalated(World(paid_for={Channel.SMS: 100}), left, policy=PRICED)
    assert set(batches(commit)) == {(1,)}
    (anew,) = [e.payload for e in commit.events if isinstance(e.payload, EscalationDue)]
    assert anew.left == tuple(gone(0))


@settings(deadline=None, max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([Result.DEFERRED, Result.IN_DOUBT, Result.REFUSED]),
            st.sampled_from([Reason.NO_SUCH_MAILBOX, Reason.MAILBOX_FULL, Reason.NO_GUARDIAN]),
            st.sampled_from(["DE", "CN", "US", "BR"]),
        ),
        max_size=12,
    ),
    st.integers(0, 2),
    st.integers(90, 110),
    st.integers(0, 23),
)
def test_whatever_keeps_them_everyone_is_in_one_batch_or_settled_or_decided_on_anew(
    people: list[tuple[Result, Reason, str]], rung: int, paid: int, hour: int
) -> None:
    world = World({n: there for n, (*_, there) in enumerate(people)}, paid_for={Channel.SMS: paid})
    left = [(n, result, reason) for n, (result, reason, _) in enumerate(people)]
    at = NOW.replace(hour=hour)
    given_event, commit = escalated(world, left, now=at, policy=PRICED, rung=rung)
    found = [seq for only in batches(commit) for seq in only]
    anew = [e.payload for e in commit.events if isinstance(e.payload, EscalationDue)]
    found += [seq for payload in anew for seq, *_ in payload.left]
    found += [row.seq for w in commit.writes for row in getattr(w, "rows", ())]
    assert sorted(found) == list(range(len(people)))
    assert bool(anew) is any(isinstance(w, Transition) for w in commit.writes)
    assert len({e.id for e in commit.events} | {given_event.id}) == len(commit.events) + 1
    assert all(e.due is None or at <= e.due <= at + timedelta(days=2) for e in commit.events)
    assert escalated(world, left, now=at, policy=PRICED, rung=rung)[1] == commit


def test_a_lane_that_is_refused_too_much_is_held_and_its_refused_go_on_meanwhile() -> None:
    counts = {("accepted", ""): 180, ("refused", "no_such_mailbox"): 20}
    _, commit = escalated(World(counts=counts), gone(0, 1))
    (hold,) = [w for w in commit.writes if isinstance(w, HoldLane)]
    assert (hold.round, hold.lane, hold.rung, hold.channel) == (ROUND, "gmail", 0, "email")
    assert "lane gmail" in alarm_of(commit)
    assert "20 of 200 notices by e-mail" in alarm_of(commit)
    assert "(10.0 %)" in alarm_of(commit)
    assert set(batches(commit)) == {(0, 1)}


@pytest.mark.parametrize("fields", [{"is_held": True}, {"counts": {("accepted", ""): 10_000}}])
def test_a_lane_that_is_held_or_well_is_left_as_it_is(fields: dict[str, Any]) -> None:
    counts = {("accepted", ""): 180, ("refused", "no_such_mailbox"): 20}
    _, commit = escalated(World(**({"counts": counts} | fields)), gone(0))
    assert not commit.writes
