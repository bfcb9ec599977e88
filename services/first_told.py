"""Clocks that start with the notices: look when the first one left, and start them then."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.rules.filings import starts
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.duty import Duty
from tocsin.schemas.event import AssessmentDue, Event, ToldDue
from tocsin.schemas.identifiers import child_id, root_id
from tocsin.schemas.regime import CLOCK_STARTS, Regime
from tocsin.schemas.views import RoundView

_TOLD = CLOCK_STARTS[0]
_FIRST_S, _LONGEST_S = 5.0, 3600.0
_OVER = ("closed", "stopped")


class FirstTold(Protocol):
    """When people of a regime were first told."""

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        """Return the newest version of every duty."""
        ...

    async def first_told(self, incident_id: str) -> Mapping[str, datetime]:
        """Return when the first notice left, by regime, as far as it is on record as such."""
        ...

    async def first_outcomes(self, round_id: str, regimes: Sequence[str]) -> Mapping[str, datetime]:
        """Return when the first notice of a round was taken over, by regime; without, nothing."""
        ...


def waits_for_notices(regime: Regime) -> bool:
    """Whether a clock of a regime starts with the first notice to an individual."""
    return _TOLD in starts(regime)


def look_soon(parent: Event, round_id: str, regimes: Sequence[Regime]) -> list[Event]:
    """Return the first look for a round that goes on its way; nothing where no clock waits."""
    if not any(map(waits_for_notices, regimes)):
        return []
    return [_look(parent, ToldDue(round=round_id), due=None)]


def _look(parent: Event, payload: ToldDue, *, due: datetime | None) -> Event:
    return Event(
        id=child_id(parent.id, "told.due", payload.look),
        incident=parent.incident,
        payload=payload,
        due=due,
        weight=0,
    )


async def look(
    event: Event,
    checkpoint: str | None,
    *,
    first: FirstTold,
    regimes: Sequence[Regime],
    now: datetime,
) -> AsyncIterator[Commit]:
    """Put on record when the first notice of each regime left, and have its clocks started.

    The time is that of the hand-over, and the judgement that follows is one event, however often
    it is looked until it is found. Once a round is over, whoever was
    not told in it is not waited for.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, ToldDue)  # noqa: S101  # narrows the payload
    view = await first.round(due.round)
    known = await first.first_told(event.incident)
    asking = {
        duty.regime for duty in await first.duties(event.incident) if duty.required is not False
    }
    named = (r.id for r in regimes if waits_for_notices(r) and r.id in asking - known.keys())
    waiting = list(dict.fromkeys(named))
    found = await first.first_outcomes(view.id, waiting) if waiting else {}
    writes = [
        Fact(FactKind.TOLD, regime, {"regime": regime, "at": at.isoformat()}, view.id)
        for regime, at in sorted(found.items())
    ]
    events: list[Event] = []
    if found:
        again = AssessmentDue(revision=view.revision, round=view.id, clocks_only=True)
        events.append(
            Event(
                id=root_id("assessment.due", f"{view.id}/told/{' '.join(sorted(found))}"),
                incident=event.incident,
                payload=again,
            )
        )
    if set(waiting) - set(found) and view.state not in _OVER:
        pause = timedelta(seconds=min(_FIRST_S * 2.0**due.look, _LONGEST_S))
        next_look = due.model_copy(update={"look": due.look + 1})
        events.append(_look(event, next_look, due=now + pause))
    yield Commit(writes=writes, events=events, done=True)
