"""Whoever goes on to letters waits for others, and nobody who waits is left behind."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Await, AwaitingRow, Commit, Gather
from tocsin.schemas.event import BatchDue, GatheringDue
from tocsin.schemas.policy import Policy
from tocsin.services.gathering import gather, waiting

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
DUE = GatheringDue(round=ROUND, rung=2, channel=Channel.LETTER)
POLICY = Policy(gather_minutes={Channel.LETTER: 60})


@dataclass
class World:
    """Who waits, and what was paid for."""

    rows: list[AwaitingRow]
    paid: int = 0
    commits: list[Commit] = field(default_factory=list)

    async def awaiting(self, round_id: str, rung: int, *, most: int) -> list[AwaitingRow]:
        return [row for row in self.rows if row.rung == rung][:most]

    async def plan(self, round_id: str) -> dict[str, Any]:
        return {"ladder": ["email", "sms", "letter"], "due_at": None}

    async def committed(self, round_id: str) -> Mapping[Channel, int]:
        return {Channel.LETTER: self.paid}

    def gather(self, policy: Policy = POLICY) -> Commit:
        async def main() -> list[Commit]:
            given_event = event("gathering", round_id=ROUND, payload=DUE)
            ports: dict[str, Any] = {"standing": self, "purse": self}
            stream = gather(given_event, None, **ports, policy=policy, now=NOW)
            return [commit async for commit in stream]

        (commit,) = asyncio.run(main())
        assert commit.done
        return commit


def told(commit: Commit) -> dict[str, tuple[int, ...]]:
    batches = [e.payload for e in commit.events if isinstance(e.payload, BatchDue)]
    return {batch.lane: batch.only for batch in batches}


def taken(commit: Commit) -> Sequence[AwaitingRow]:
    return [row for write in commit.writes if isinstance(write, Gather) for row in write.rows]


def row(lane: str, seq: int, rung: int = 2) -> AwaitingRow:
    return AwaitingRow(rung, lane, seq, "")


def test_everybody_who_waits_for_letters_goes_with_one_batch_of_their_lane() -> None:
    world = World([row("gmail", 1), row("gmail", 7), row("other", 3), row("other", 4, rung=3)])
    commit = world.gather()
    assert told(commit) == {"gmail": (1, 7), "other": (3,)}
    assert list(taken(commit)) == world.rows[:3]
    assert [e.id for e in world.gather().events] == [e.id for e in commit.events]


def test_where_nobody_waits_any_more_nothing_is_done() -> None:
    assert World([]).gather() == Commit(done=True)


def test_whom_the_cost_limit_leaves_out_goes_on_waiting_and_the_round_is_paused() -> None:
    policy = POLICY.model_copy(
        update={"unit_costs": {Channel.LETTER: 100}, "cost_limit_cents": 250}
    )
    world = World([row("gmail", 1), row("gmail", 7), row("other", 3)])
    commit = world.gather(policy)
    assert told(commit) == {"gmail": (1, 7)}
    assert list(taken(commit)) == world.rows[:2]
    assert any(getattr(write, "state", "") == "paused" for write in commit.writes)
    assert isinstance(commit.events[-1].payload, GatheringDue)


def test_the_wait_is_as_long_as_the_policy_says_and_every_wait_has_its_own_gathering() -> None:
    first, second = (event(name, round_id=ROUND) for name in ("first", "second"))
    named: dict[str, Any] = {"round_id": ROUND, "policy": POLICY, "now": NOW}
    ladder = ["email", "sms", "letter"]
    writes, events = waiting(first, [row("gmail", 1)], ladder=ladder, **named)
    assert writes == [Await(ROUND, [row("gmail", 1)])]
    assert [e.due for e in events] == [NOW + timedelta(hours=1)]
    _, others = waiting(second, [row("gmail", 2)], ladder=ladder, **named)
    assert {e.id for e in events}.isdisjoint(e.id for e in others)
    assert waiting(first, [], ladder=ladder, **named) == ([], [])


@given(st.sets(st.tuples(st.sampled_from(["gmail", "other", "sms-49"]), st.integers(0, 99))))
def test_everybody_taken_out_stands_in_exactly_one_batch(people: set[tuple[str, int]]) -> None:
    commit = World([row(lane, seq) for lane, seq in sorted(people)]).gather()
    out = {(r.lane, r.seq) for r in taken(commit)}
    batches = [(lane, seq) for lane, seqs in told(commit).items() for seq in seqs]
    assert sorted(batches) == sorted(out) == sorted(people)
