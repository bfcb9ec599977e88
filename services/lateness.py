"""Reasons: a duty that became late keeps one on record, and without it no incident is closed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tocsin.rules.lateness import Lateness, late_duties
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.duty import Duty
from tocsin.schemas.errors import Conflict, NotFound
from tocsin.schemas.event import CommandGiven
from tocsin.services.clocks import Duties, met
from tocsin.services.desk import on_record


class LateDesk(Duties, Protocol):
    """What is looked at to find out whether something was late."""

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        """Return the newest version of every duty."""
        ...

    async def late_alarms(self, incident_id: str) -> Mapping[str, Sequence[str]]:
        """Return the due times about which it was alarmed that they passed, by duty."""
        ...

    async def late_reasons(self, incident_id: str) -> Mapping[str, Any]:
        """Return the newest reason by duty, as its fact says it."""
        ...


async def lateness(desk: LateDesk, incident_id: str, *, now: datetime) -> tuple[Lateness, ...]:
    """Return the duties of an incident that were missed, met since or not."""
    duties = await desk.duties(incident_id)
    filed = {
        body["duty"]: datetime.fromisoformat(body["filed_at"])
        for body in (await desk.filings(incident_id)).values()
    }
    is_met: dict[str, datetime | None] = {
        duty.id: filed.get(duty.id) for duty in duties if await met(desk, incident_id, duty)
    }
    alarmed = await desk.late_alarms(incident_id)
    return late_duties(duties, met=is_met, alarmed=alarmed, now=now)


async def missed(desk: LateDesk, incident_id: str, duty: str, *, now: datetime) -> Lateness:
    """Return how a duty was missed; NotFound without such a duty, Conflict if it was not late."""
    known = sorted(each.id for each in await desk.duties(incident_id))
    if duty not in known:
        message = f"{incident_id} has no duty {duty!r}"
        raise NotFound(message, field="duty", fix=f"there are: {', '.join(known) or 'none yet'}")
    for late in await lateness(desk, incident_id, now=now):
        if late.duty.id == duty:
            return late
    message = f"{duty} of {incident_id} was not late"
    raise Conflict(message, field="duty", fix="`tocsin clocks` shows what is")


async def explain(
    given: CommandGiven, incident_id: str, *, desk: LateDesk, now: datetime
) -> Commit:
    """Put on record why a duty was late; a duty that was not is refused."""
    late = await missed(desk, incident_id, given.target, now=now)
    body = {
        "duty": given.target,
        "reason": given.reason,
        "by": given.principal,
        "at": now.isoformat(),
        "due_at": late.due_at.isoformat(),
    }
    return Commit(writes=[on_record(given), Fact(FactKind.LATE, given.target, body)], done=True)


async def check_explained(desk: LateDesk, incident_id: str, *, now: datetime) -> None:
    """Raise Conflict while a duty was late and nobody said why."""
    reasons = await desk.late_reasons(incident_id)
    silent = [
        late.duty.id
        for late in await lateness(desk, incident_id, now=now)
        if late.duty.id not in reasons
    ]
    if silent:
        message = f"{', '.join(silent)} of {incident_id} was late, and nobody has said why"
        fix = f'`tocsin incident late {incident_id} {silent[0]} --reason "..."`'
        raise Conflict(message, field="duty", fix=fix)
