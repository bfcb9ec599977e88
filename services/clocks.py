"""Clocks: an alarm before a duty is due, and another when it was missed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.event import ClockDue, Event
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import IncidentView


class Duties(Protocol):
    """What a clock looks at."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def duty(self, incident_id: str, duty: str) -> Duty:
        """Return the newest version of a duty."""
        ...

    async def filings(self, incident_id: str) -> Mapping[str, Any]:
        """Return what was filed, by artefact."""
        ...

    async def told(self, incident_id: str) -> bool:
        """Whether nobody in the incident's newest round is open."""
        ...


class Bells(Protocol):
    """Reaches the duty officers."""

    async def ring(self, officers: Sequence[str], text: str) -> None:
        """Alarm them; must not raise."""
        ...


async def _met(duties: Duties, incident_id: str, duty: Duty) -> bool:
    if duty.addressee is Addressee.AUTHORITY:
        filed = await duties.filings(incident_id)
        return any(body["duty"] == duty.id for body in filed.values())
    return await duties.told(incident_id)


async def watch(
    event: Event,
    checkpoint: str | None,
    *,
    duties: Duties,
    bells: Bells,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Alarm about a duty that is near or past its time, unless it is met or no longer so due."""
    del checkpoint
    due = event.payload
    assert isinstance(due, ClockDue)  # noqa: S101  # narrows the payload
    view = await duties.incident(event.incident)
    duty = await duties.duty(event.incident, due.duty)
    moved = duty.due_at is None or duty.due_at.isoformat() != due.due_at
    moved = moved or (due.stage == "soon" and duty.due_at is not None and now >= duty.due_at)
    over = view.state in {"closed", "withdrawn"} or duty.required is False
    if moved or over or await _met(duties, event.incident, duty):
        yield Commit(done=True)
        return
    verb = "is late: it was due" if due.stage == "late" else "is due"
    drill = "[EXERCISE] " if view.drill else ""
    text = f"{drill}{event.incident}: {duty.id} {verb} {due.due_at} ({duty.cite})"
    alarm = Fact(
        FactKind.ALARM,
        f"clock:{duty.id}:{due.stage}",
        {"text": text, "officers": list(policy.duty_officers)},
    )
    yield Commit(writes=[alarm])
    await bells.ring(policy.duty_officers, text)
    yield Commit(done=True)
