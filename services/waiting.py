"""Notices that wait: for the end of a lawful hold, or for a report that has to come before them.

Whoever waits is in lanes of their own, of which nothing is queued until it may leave. Everybody
else is told meanwhile: the police of one country hold nobody back in another.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from tocsin.rules.lanes import waits_under
from tocsin.rules.limits import UNLIMITED, Limits
from tocsin.rules.waiting import next_end, waits_for
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.duty import Duty
from tocsin.schemas.event import Event, WaitDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.batching import batch_events, waiting_lanes

_FIRST_S, _LONGEST_S = 5.0, 300.0
_OVER = ("closed", "stopped")


class Waits(Protocol):
    """What notices may wait for."""

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        """Return the newest version of every duty."""
        ...

    async def filings(self, incident_id: str) -> Mapping[str, Any]:
        """Return what was filed, by artefact."""
        ...


def wait_for(parent: Event, view: RoundView) -> list[Event]:
    """Return the first look at the lanes of a round that may have to wait; nothing without them."""
    lanes = waiting_lanes(view)
    return [_look(parent, WaitDue(round=view.id, lanes=lanes), due=None)] if lanes else []


def _look(parent: Event, payload: WaitDue, *, due: datetime | None) -> Event:
    return Event(
        id=child_id(parent.id, "wait.due", payload.look),
        incident=parent.incident,
        round=payload.round,
        payload=payload,
        due=due,
        weight=0,
    )


async def look(
    event: Event,
    checkpoint: str | None,
    *,
    first: Waits,
    policy: Policy,
    now: datetime,
    limits: Limits = UNLIMITED,
) -> AsyncIterator[Commit]:
    """Queue the lanes that wait for nothing any more, and look again at the others.

    For what they wait is put on record, and rung once: nobody is held back in silence.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, WaitDue)  # noqa: S101  # narrows the payload
    view = await first.round(due.round)
    if view.state in _OVER:
        yield Commit(done=True)
        return
    duties = {duty.id: duty for duty in await first.duties(event.incident)}
    met = {body["duty"] for body in (await first.filings(event.incident)).values()}
    why = {lane: waits_for(waits_under(lane), duties, met, now) for lane in due.lanes}
    free = tuple(lane for lane, reasons in why.items() if not reasons)
    held = tuple(lane for lane in due.lanes if lane not in free)
    events = []
    if free:
        events = batch_events(event, view, policy, lanes=free, limits=limits, now=now)
    if held:
        names = {name for lane in held for name in waits_under(lane)}
        pause = timedelta(seconds=min(_FIRST_S * 2.0**due.look, _LONGEST_S))
        end = next_end(names, duties, now)
        at = now + pause if end is None else min(end, now + timedelta(seconds=_LONGEST_S))
        again = due.model_copy(update={"lanes": held, "look": due.look + 1})
        events.append(_look(event, again, due=at))
    said = sorted({reason for lane in held for reason in why[lane]})
    yield Commit(writes=_alarms(view, held, said), events=events, done=True)


def _alarms(view: RoundView, held: Sequence[str], said: Sequence[str]) -> list[Fact]:
    if not held:
        return []
    assert view.counts is not None  # noqa: S101  # it was dispatched
    people = sum(view.counts.by_lane[lane] for lane in held)
    text = f"{people:,} notices of {view.id} wait. " + "; ".join(said)
    return [Fact(FactKind.ALARM, f"wait:{sha256_hex(text.encode())[:12]}", {"text": text}, view.id)]
