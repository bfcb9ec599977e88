"""Escalation: what a batch left open is tried again, goes on to the next rung, or is settled."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from tocsin.rules.ladder import Retry, Settle, next_step, rungs_left
from tocsin.rules.limits import UNLIMITED, Limits
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import AwaitingRow, Commit, OutcomeRow, Outcomes, Write
from tocsin.schemas.event import BatchDue, EscalationDue, Event
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.outcome import OUR_OWN, Reason, Result
from tocsin.schemas.policy import Policy
from tocsin.services.batching import parts
from tocsin.services.gathering import waiting
from tocsin.services.governing import Lanes, hold_if_overstrained
from tocsin.services.spending import Purse, admit, pause_for_cost
from tocsin.services.starting import residence_for, start_of

END_OF_LADDER = 99
"""The rung on which a settlement without a hand-over stands."""


class OpenRow(Protocol):
    """An obligation that is still open."""

    @property
    def person(self) -> int:
        """Its person."""
        ...

    @property
    def cohort(self) -> int:
        """Its cohort, which says what channels are permitted."""
        ...

    @property
    def barred(self) -> str:
        """Channels that must not be used."""
        ...

    @property
    def residence(self) -> str:
        """Where its person lives (ISO 3166)."""
        ...


class Standing(Protocol):
    """What escalation reads of the round."""

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...

    async def open_among(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> Mapping[int, OpenRow]:
        """Return those of some obligations that are open, by seq."""
        ...

    async def first_reasons(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> Mapping[int, Reason]:
        """Return why the first rung of each failed."""
        ...


def settlement_row(
    *,
    lane: str,
    seq: int,
    person: int,
    result: Result,
    reason: Reason,
    ref: str = "",
    rung: int = END_OF_LADDER,
) -> OutcomeRow:
    """Return the fact that settles an obligation without a hand-over."""
    return OutcomeRow(
        lane=lane,
        seq=seq,
        rung=rung,
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
    purse: Purse,
    lanes: Lanes,
    policy: Policy,
    now: datetime,
    limits: Limits = UNLIMITED,
) -> AsyncIterator[Commit]:
    """Try the deferred and the doubtful again, the refused on their next rung; settle the rest.

    An attempt that our own relay did not take does not count against the person. Whoever was
    reached in the meantime, as was heard late, is left alone. Whom a paid batch would tell beyond
    the limit stays open: the round is paused, and they are decided on anew once it goes on.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, EscalationDue)  # noqa: S101  # narrows the payload
    plan = await standing.plan(due.round)
    owed = await standing.open_among(due.round, due.lane, [seq for seq, _, _ in due.left])
    again: defaultdict[tuple[float, int], list[int]] = defaultdict(list)
    onward: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    gathered: list[AwaitingRow] = []
    settle: list[tuple[int, Reason]] = []
    for seq, result, reason in due.left:
        if seq not in owed:
            continue
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
                rungs = _rungs_left(plan, due.rung, owed[seq], why)
                if rungs:
                    channel = Channel(plan["ladder"][rungs[0]])
                    there = residence_for(channel, owed[seq].residence)
                    if policy.gather_minutes.get(channel):
                        gathered.append(AwaitingRow(rungs[0], due.lane, seq, there))
                    else:
                        onward[rungs[0], there].append(seq)
                else:
                    settle.append((seq, why))
    first = await standing.first_reasons(due.round, due.lane, [seq for seq, _ in settle])
    rows = []
    for seq, why in settle:
        result, reason = failed(plan, first.get(seq, why) if due.rung else why)
        rows.append(
            settlement_row(
                lane=due.lane, seq=seq, person=owed[seq].person, result=result, reason=reason
            )
        )
    timed: dict[str, Any] = {"plan": plan, "policy": policy}
    events = [
        *(
            _batch(
                event,
                f"{due.attempt + 1}/{after_s}/{outages}",
                seqs,
                now=now + timedelta(seconds=after_s),
                **timed,
                attempt=due.attempt + 1,
                outages=outages,
                residence=due.residence,
            )
            for (after_s, outages), seqs in sorted(again.items())
        ),
        *(
            _batch(
                event,
                _named(f"rung/{rung}/{there}" if there else f"rung/{rung}", number),
                part,
                now=now,
                **timed,
                rung=rung,
                channel=plan["ladder"][rung],
                residence=there,
            )
            for (rung, there), seqs in sorted(onward.items())
            for number, part in enumerate(
                parts(
                    seqs,
                    due.lane,
                    Channel(plan["ladder"][rung]),
                    policy=policy,
                    limits=limits,
                    now=now,
                )
            )
        ),
    ]
    admitted = await admit(events, due.round, purse=purse, policy=policy)
    writes: list[Write] = [Outcomes(due.round, rows)] if rows else []
    awaits, gatherings = waiting(
        event, gathered, round_id=due.round, policy=policy, ladder=plan["ladder"], now=now
    )
    writes += awaits
    writes += await hold_if_overstrained(due.round, due.lane, due.rung, lanes=lanes, policy=policy)
    if admitted.over:
        writes += pause_for_cost(due.round, admitted.sum_cents, policy)
        admitted.events.append(_decided_anew(event, admitted.over))
    yield Commit(writes=writes, events=[*admitted.events, *gatherings], done=True)


def _decided_anew(event: Event, over: Sequence[Event]) -> Event:
    """Return the escalation of those whom a paid batch would have told."""
    about = event.payload
    assert isinstance(about, EscalationDue)  # noqa: S101  # narrows the payload
    seqs = {seq for e in over if isinstance(e.payload, BatchDue) for seq in e.payload.only}
    left = tuple(each for each in about.left if each[0] in seqs)
    return event.model_copy(
        update={
            "id": child_id(event.id, "escalation.due", "cost"),
            "payload": about.model_copy(update={"left": left}),
        }
    )


def _rungs_left(plan: Mapping[str, Any], rung: int, owed: OpenRow, why: Reason) -> tuple[int, ...]:
    return rungs_left(
        [Channel(name) for name in plan["ladder"]],
        rung,
        allowed=[Channel(name) for name in plan["ladders"][str(owed.cohort)]],
        barred=[Channel(name) for name in owed.barred.split()],
        reason=why,
    )


def _named(name: str, part: int) -> str:
    return f"{name}/part/{part}" if part else name


def _batch(
    event: Event,
    name: str,
    seqs: Sequence[int],
    *,
    plan: Mapping[str, Any],
    policy: Policy,
    now: datetime,
    **fields: Any,
) -> Event:
    """Return the batch that goes on with some of those whom an escalation is about.

    It starts `now`, or when it is no longer quiet for them.
    """
    about = event.payload
    assert isinstance(about, EscalationDue)  # noqa: S101  # narrows the payload
    given: dict[str, Any] = {"rung": about.rung, "channel": about.channel} | fields
    batch = BatchDue(round=about.round, lane=about.lane, only=tuple(seqs), **given)
    return Event(
        id=child_id(event.id, "batch.due", name),
        incident=event.incident,
        round=about.round,
        payload=batch,
        due=start_of(batch, plan=plan, policy=policy, now=now),
        weight=len(seqs),
    )
