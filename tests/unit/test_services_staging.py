"""A staged start: a first share, a look, and then the rest; everybody once."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.schemas.audience import SHARED_LANE, UNADDRESSABLE_LANE, AudienceCounts
from tocsin.schemas.commit import Commit, Fact, Transition
from tocsin.schemas.event import BatchDue, DispatchDue, Event, StageDue
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.batching import WHOLE, Stage, batch_events
from tocsin.services.staging import first_stage, look, look_at

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
STAGED = Policy(rate_per_s=100, batch_people=400, staged_percent=1, staged_above=10)


def view(by_lane: Mapping[str, int]) -> RoundView:
    people = sum(by_lane.values())
    counts = AudienceCounts(
        people, people, dict(by_lane), {}, {}, {}, 0, 0, ladder=("email", "sms")
    )
    return RoundView(ROUND, "INC-1", 1, "initial", "sending", NOW, people, "root", counts)


def dispatching() -> Event:
    return event("dispatch", round_id=ROUND, payload=DispatchDue(round=ROUND))


def covered(events: Sequence[Event]) -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    for e in events:
        payload: Any = e.payload
        lane = getattr(payload, "lane", SHARED_LANE)
        found.update((lane, seq) for seq in range(payload.first, payload.first + payload.count))
        assert e.weight == payload.count
    return found


lanes = st.dictionaries(
    st.sampled_from(["other", "gmail", "sms-49", SHARED_LANE, UNADDRESSABLE_LANE]),
    st.integers(1, 3000),
    min_size=1,
)


@settings(deadline=None, max_examples=80)
@given(lanes, st.integers(1, 99))
def test_the_share_and_the_rest_are_everybody_once_under_names_of_their_own(
    by_lane: dict[str, int], percent: int
) -> None:
    policy = STAGED.model_copy(update={"staged_percent": percent, "staged_above": 0})
    here = view(by_lane)
    stage, first = first_stage(dispatching(), here, policy)
    rest = []
    if stage != WHOLE:
        rest = batch_events(dispatching(), here, policy, Stage(percent, first=False))
        assert all(isinstance(e.payload, BatchDue) for e in first)
        assert any(isinstance(e.payload, BatchDue) for e in rest)
        tried = {e.payload.lane for e in first if isinstance(e.payload, BatchDue)}
        assert tried == by_lane.keys() - {SHARED_LANE, UNADDRESSABLE_LANE}
    expected = Counter((lane, seq) for lane, total in by_lane.items() for seq in range(total))
    assert covered([*first, *rest]) == expected
    ids = [e.id for e in (*first, *rest)]
    assert len(ids) == len(set(ids))
    assert first_stage(dispatching(), here, policy) == (stage, first)


@pytest.mark.parametrize(
    ("by_lane", "policy"),
    [
        ({"other": 5000}, STAGED.model_copy(update={"staged_percent": 0})),
        ({"other": 10}, STAGED),
        ({"other": 1, "gmail": 1, UNADDRESSABLE_LANE: 50}, STAGED),
        ({SHARED_LANE: 7, UNADDRESSABLE_LANE: 50}, STAGED),
    ],
    ids=["switched off", "a small round", "one in each lane", "nothing to send"],
)
def test_where_a_share_would_be_everybody_or_nobody_all_leave_at_once(
    by_lane: dict[str, int], policy: Policy
) -> None:
    stage, events = first_stage(dispatching(), view(by_lane), policy)
    assert stage == WHOLE
    assert covered(events).total() == sum(by_lane.values())


@dataclass
class World:
    """A round of which the first share is under way."""

    by_lane: dict[str, int] = field(default_factory=lambda: {"other": 5000, SHARED_LANE: 3})
    left: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"accepted": 49, "refused": 1})

    async def round(self, round_id: str) -> RoundView:
        return view(self.by_lane)

    async def unfinished(self, events: Sequence[str]) -> int:
        assert events == ("a", "b")
        return self.left

    async def came_to(self, round_id: str) -> dict[str, int]:
        return self.counts

    def looked(self, payload: StageDue, policy: Policy = STAGED) -> Commit:
        due = event(f"stage-{payload.look}", round_id=ROUND, payload=payload)

        async def main() -> list[Commit]:
            stream = look(due, None, stages=self, policy=policy, now=NOW)
            return [commit async for commit in stream]

        (commit,) = asyncio.run(main())
        assert commit.done
        return commit


DUE = StageDue(round=ROUND, percent=1, batches=("a", "b"))


def again(commit: Commit) -> tuple[StageDue, timedelta]:
    assert not commit.writes
    (later,) = commit.events
    assert isinstance(later.payload, StageDue)
    assert later.due is not None
    return later.payload, later.due - NOW


def test_while_a_batch_of_the_share_is_under_way_it_is_looked_again_ever_more_seldom() -> None:
    w, payload, waits = World(left=1), DUE, []
    for number in range(1, 10):
        payload, wait = again(w.looked(payload))
        assert payload.look == number
        waits.append(wait)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(seconds=60)


def test_once_it_was_told_what_comes_back_of_it_is_waited_for() -> None:
    payload, wait = again(World().looked(DUE))
    assert payload.sent
    assert wait == timedelta(minutes=STAGED.stage_look_minutes)


def test_a_share_that_is_taken_up_again_is_waited_for_anew() -> None:
    payload, _ = again(World(left=1).looked(DUE.model_copy(update={"sent": True})))
    assert not payload.sent


def test_then_the_round_is_paused_with_figures_and_the_rest_is_queued_in_one_commit() -> None:
    commit = World().looked(DUE.model_copy(update={"sent": True}))
    moved, alarm = commit.writes
    assert isinstance(moved, Transition)
    assert isinstance(alarm, Fact)
    assert (moved.state, moved.by, moved.was) == ("paused", "", "sending")
    assert "stage of 1 %: 49 told, 1 refused (2.0 %)" in alarm.body["text"]
    assert covered(commit.events) == Counter(
        {("other", seq): 1 for seq in range(50, 5000)} | {(SHARED_LANE, n): 1 for n in range(3)}
    )


def test_without_a_wait_the_first_look_pauses() -> None:
    hurried = STAGED.model_copy(update={"stage_look_minutes": 0})
    assert World().looked(DUE, hurried).writes


def test_the_look_knows_the_batches_of_its_share() -> None:
    stage, share = first_stage(dispatching(), view({"other": 5000}), STAGED)
    found = look_at(dispatching(), view({"other": 5000}), stage, share, now=NOW)
    assert isinstance(found.payload, StageDue)
    assert found.payload.batches == tuple(e.id for e in share)
    assert found.due is not None
    assert found.due > NOW
