"""Gathering: whoever goes on to letters or a call list waits for others, and goes with them.

A print house takes folders and a call centre lists: one each for every bounce would be thousands.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from tocsin.rules.pacing import LARGEST_BATCH
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Await, AwaitingRow, Commit, Gather, Write
from tocsin.schemas.event import BatchDue, Event, GatheringDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.services.spending import Purse, admit, pause_for_cost
from tocsin.services.starting import start_of


class Awaited(Protocol):
    """Who waits."""

    async def awaiting(self, round_id: str, rung: int, *, most: int) -> Sequence[AwaitingRow]:
        """Return who waits to be told on a rung, `most` of them at once."""
        ...

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...


def waiting(
    event: Event,
    rows: Sequence[AwaitingRow],
    *,
    round_id: str,
    policy: Policy,
    ladder: Sequence[str],
    now: datetime,
) -> tuple[list[Write], list[Event]]:
    """Return what lets obligations wait for their rungs, and the events that gather them.

    Each of those gathers everybody who waits then, so that nobody can come too late for theirs.
    """
    if not rows:
        return [], []
    rungs = sorted({row.rung for row in rows})
    events = [
        _gathering(
            event,
            f"{rung}",
            round_id,
            rung,
            Channel(ladder[rung]),
            due=now + timedelta(minutes=policy.gather_minutes[Channel(ladder[rung])]),
        )
        for rung in rungs
    ]
    return [Await(round_id, rows)], events


def _gathering(
    event: Event, name: str, round_id: str, rung: int, channel: Channel, *, due: datetime
) -> Event:
    return Event(
        id=child_id(event.id, "gathering.due", name),
        incident=event.incident,
        round=round_id,
        payload=GatheringDue(round=round_id, rung=rung, channel=channel),
        due=due,
    )


async def gather(
    event: Event,
    checkpoint: str | None,
    *,
    standing: Awaited,
    purse: Purse,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Make batches of everybody who waits for a rung, a lane each.

    Whom they would tell beyond the cost limit goes on waiting: the round is paused, and they are
    gathered once it goes on.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, GatheringDue)  # noqa: S101  # narrows the payload
    rows = await standing.awaiting(due.round, due.rung, most=LARGEST_BATCH)
    if not rows:
        yield Commit(done=True)
        return
    plan = await standing.plan(due.round)
    groups: defaultdict[tuple[str, str], list[AwaitingRow]] = defaultdict(list)
    for row in rows:
        groups[row.lane, row.residence].append(row)
    batches = {}
    for (lane, residence), of_lane in sorted(groups.items()):
        batch = BatchDue(
            round=due.round,
            rung=due.rung,
            lane=lane,
            channel=due.channel,
            only=tuple(row.seq for row in of_lane),
            residence=residence,
        )
        made = Event(
            id=child_id(event.id, "batch.due", f"{lane}/{residence}"),
            incident=event.incident,
            round=due.round,
            payload=batch,
            due=start_of(batch, plan=plan, policy=policy, now=now),
            weight=len(of_lane),
        )
        batches[made.id] = made, of_lane
    admitted = await admit([e for e, _ in batches.values()], due.round, purse=purse, policy=policy)
    taken = [row for e in admitted.events for row in batches[e.id][1]]
    writes: list[Write] = [Gather(due.round, taken)] if taken else []
    events = list(admitted.events)
    if admitted.over:
        writes += pause_for_cost(due.round, admitted.sum_cents, policy)
    if admitted.over or len(rows) == LARGEST_BATCH:
        again = _gathering(event, "again", due.round, due.rung, due.channel, due=now)
        events.append(again)
    yield Commit(writes=writes, events=events, done=True)
