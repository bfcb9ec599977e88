"""Escalation: what a batch left open is tried again on its rung, or settled as unreachable."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from tocsin.rules.ladder import Retry, Settle, next_step
from tocsin.schemas.commit import Commit, OutcomeRow, Outcomes
from tocsin.schemas.event import BatchDue, EscalationDue, Event
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.outcome import OUR_OWN, Reason, Result
from tocsin.schemas.policy import Policy

END_OF_LADDER = 99
"""The rung on which a settlement without a hand-over stands."""


class Standing(Protocol):
    """What escalation reads of the round."""

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...

    async def persons_of(self, round_id: str, lane: str, seqs: Sequence[int]) -> Mapping[int, int]:
        """Return the person behind each seq."""
        ...


def settlement_row(
    *, lane: str, seq: int, person: int, result: Result, reason: Reason, ref: str = ""
) -> OutcomeRow:
    """Return the fact that settles an obligation without a hand-over."""
    return OutcomeRow(
        lane=lane,
        seq=seq,
        rung=END_OF_LADDER,
        attempt=0,
        channel="none",
        result=result.value,
        level="accepted" if result is Result.COVERED else "",
        reason=reason.value,
        ref=ref,
        person=person,
    )


def failed(plan: Mapping[str, Any], reason: Reason) -> tuple[Result, Reason]:
    """Return how one who cannot be told is settled: an announcement, if there is one, stands in."""
    if plan["decision"]["announce"]:
        return Result.ANNOUNCED, reason
    return Result.UNREACHABLE, reason


async def escalate(
    event: Event,
    checkpoint: str | None,
    *,
    standing: Standing,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Try the deferred and the doubtful again in child batches; settle the rest.

    An attempt that our own relay did not take does not count against the person.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, EscalationDue)  # noqa: S101  # narrows the payload
    again: defaultdict[tuple[float, int], list[int]] = defaultdict(list)
    settle: list[tuple[int, Reason]] = []
    for seq, result, reason in due.left:
        ours = reason in OUR_OWN and result is not Result.REFUSED
        outages = due.outages + ours
        step = next_step(
            reason,
            attempts=outages if ours else due.attempt + 1 - outages,
            max_attempts=outages + 1 if ours else policy.max_attempts,
            retry_after_s=None,
            result=result,
            base_s=policy.retry_base_s,
            cap_s=policy.retry_cap_s,
        )
        match step:
            case Retry(after_s):
                again[after_s, outages].append(seq)
            case Settle(why):
                settle.append((seq, why))
    plan = await standing.plan(due.round)
    persons = await standing.persons_of(due.round, due.lane, [seq for seq, _ in settle])
    rows = []
    for seq, why in settle:
        result, reason = failed(plan, why)
        rows.append(
            settlement_row(
                lane=due.lane, seq=seq, person=persons[seq], result=result, reason=reason
            )
        )
    events = [
        Event(
            id=child_id(event.id, "batch.due", f"{due.attempt + 1}/{after_s}/{outages}"),
            incident=event.incident,
            round=due.round,
            payload=BatchDue(
                round=due.round,
                rung=due.rung,
                lane=due.lane,
                channel=due.channel,
                only=tuple(seqs),
                attempt=due.attempt + 1,
                outages=outages,
            ),
            due=now + timedelta(seconds=after_s),
            weight=len(seqs),
        )
        for (after_s, outages), seqs in sorted(again.items())
    ]
    yield Commit(writes=[Outcomes(due.round, rows)] if rows else [], events=events, done=True)
