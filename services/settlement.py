"""Settlement without sending: by obstacle, by announcement, or by another account's notice."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from tocsin.rules.lanes import channel_of
from tocsin.schemas.audience import SHARED_LANE, obstacle_settles_as_excluded
from tocsin.schemas.commit import Commit, OutcomeRow, Outcomes
from tocsin.schemas.event import BatchDue, Event, SettlementDue, SharingDue
from tocsin.schemas.identifiers import child_id, root_id
from tocsin.schemas.outcome import Reason, Result
from tocsin.services.escalation import failed, settlement_row
from tocsin.services.evidence import Returned, shared_evidence

_ROWS = 500


class OwedRow(Protocol):
    """An obligation that is still open."""

    @property
    def seq(self) -> int:
        """Its number within the lane."""
        ...

    @property
    def person(self) -> int:
        """Its person."""
        ...

    @property
    def obstacle(self) -> str:
        """Why nothing can be sent; empty when something can."""
        ...

    @property
    def covered_by(self) -> str:
        """`lane/seq` of the notice that tells this one too."""
        ...


class Open(Protocol):
    """What settlement reads of a round."""

    async def open_in(
        self, round_id: str, lane: str, *, first: int, count: int
    ) -> Sequence[OwedRow]:
        """Return the open obligations of a range."""
        ...

    async def settlement(
        self, round_id: str, lane: str, seq: int
    ) -> tuple[Result, Reason, int] | None:
        """Return how an obligation was settled, and on which rung; None while it is open."""
        ...

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...


def _by_obstacle(
    row: OwedRow, lane: str, plan: Mapping[str, Any], wanted: Result | None
) -> OutcomeRow:
    obstacle = Reason(row.obstacle)
    if obstacle_settles_as_excluded(obstacle):
        result, reason = Result.EXCLUDED, obstacle
    elif wanted is Result.ANNOUNCED:
        result, reason = Result.ANNOUNCED, Reason.ANNOUNCED_INSTEAD
    else:
        result, reason = failed(plan, obstacle)
    return settlement_row(lane=lane, seq=row.seq, person=row.person, result=result, reason=reason)


async def settle(event: Event, checkpoint: str | None, *, owed: Open) -> AsyncIterator[Commit]:
    """Settle a range to which nothing is sent, 500 at a time."""
    del checkpoint
    due = event.payload
    assert isinstance(due, SettlementDue)  # noqa: S101  # narrows the payload
    plan = await owed.plan(due.round)
    rows = await owed.open_in(due.round, due.lane, first=due.first, count=due.count)
    outcomes = [_by_obstacle(row, due.lane, plan, due.result) for row in rows]
    for start in range(0, len(outcomes), _ROWS):
        yield Commit(writes=[Outcomes(due.round, outcomes[start : start + _ROWS])])
    yield Commit(done=True)


def _own_notice(event: Event, round_id: str, row: OwedRow, plan: Mapping[str, Any]) -> Event:
    """Return the batch that tells one account itself; its name is the same at every look."""
    channel = channel_of(row.covered_by.rpartition("/")[0])
    return Event(
        id=root_id("batch.due", f"{round_id}/{SHARED_LANE}/{row.seq}/alone"),
        incident=event.incident,
        round=round_id,
        payload=BatchDue(
            round=round_id,
            rung=plan["ladder"].index(channel.value),
            lane=SHARED_LANE,
            channel=channel,
            only=(row.seq,),
        ),
    )


def _covered(
    row: OwedRow, settled: tuple[Result, Reason, int], plan: Mapping[str, Any]
) -> OutcomeRow | None:
    """Return what settles an account by another's notice; None where it does not tell it.

    A notice that went elsewhere, to another address or on another channel, covers nobody.
    """
    lane, _ = row.covered_by.rsplit("/", 1)
    result, reason, rung = settled
    first = plan["ladder"].index(channel_of(lane).value) if plan["ladder"] else rung
    place: dict[str, Any] = {
        "lane": SHARED_LANE,
        "seq": row.seq,
        "person": row.person,
        "ref": row.covered_by,
    }
    if result is Result.ACCEPTED and reason is Reason.NONE and rung == first:
        return settlement_row(result=Result.COVERED, reason=Reason.SAME_ADDRESS, rung=rung, **place)
    if reason is Reason.ANNOUNCED_INSTEAD:
        return settlement_row(result=result, reason=reason, **place)
    return None


async def share(
    event: Event, checkpoint: str | None, *, owed: Open, returned: Returned, now: datetime
) -> AsyncIterator[Commit]:
    """Settle accounts at a shared address like the account whose notice tells them.

    Where no notice went to the shared address, or none arrived, each account is told itself: the
    first may be gone, or have another address by now. What was heard of the notice meanwhile is
    taken over once the account is settled by it.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, SharingDue)  # noqa: S101  # narrows the payload
    plan = await owed.plan(due.round)
    rows = await owed.open_in(due.round, SHARED_LANE, first=due.first, count=due.count)
    outcomes: list[OutcomeRow] = []
    alone: list[OwedRow] = []
    for row in rows:
        lane, seq = row.covered_by.rsplit("/", 1)
        settled = await owed.settlement(due.round, lane, int(seq))
        if settled is None:
            continue
        outcome = _covered(row, settled, plan)
        if outcome is None:
            alone.append(row)
        else:
            outcomes.append(outcome)
    for start in range(0, len(outcomes), _ROWS):
        yield Commit(writes=[Outcomes(due.round, outcomes[start : start + _ROWS])])
    covering = sorted({row.ref for row in outcomes if row.result == Result.COVERED.value})
    if covering:
        heard = await shared_evidence(event, due.round, covering, returned=returned)
        if heard is not None:
            yield heard
    events = [_own_notice(event, due.round, row, plan) for row in alone]
    if len(outcomes) < len(rows):
        look = due.model_copy(update={"look": due.look + 1})
        events.append(
            Event(
                id=child_id(event.id, "sharing.due", look.look),
                incident=event.incident,
                round=due.round,
                payload=look,
                due=now + timedelta(seconds=min(0.5 * 2**due.look, 5)),
            )
        )
    yield Commit(events=events, done=True)
