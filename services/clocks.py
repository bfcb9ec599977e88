"""Clocks: alarms before a duty is due, when it was missed, and every day until it is met."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from tocsin.rules.alarms import LATE_AGAIN, lead_times
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.event import ClockDue, Event
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import IncidentView

_HOUR = timedelta(hours=1)


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


def clocks_of(incident_id: str, duty: Duty, policy: Policy) -> tuple[Event, ...]:
    """Return the timers of a duty: its lead times, and its end. Ids are deterministic.

    What comes after the end follows from the alarm at the end.
    """
    if duty.due_at is None or duty.required is False:
        return ()
    term = None if duty.starts_at is None else duty.due_at - duty.starts_at
    leads = lead_times(policy.alarm_before_hours, term)
    soon = (_timer(incident_id, duty.id, "soon", hours, duty.due_at) for hours in leads)
    return (*soon, _timer(incident_id, duty.id, "late", 0, duty.due_at))


def _timer(incident_id: str, duty: str, stage: str, hours: int, due_at: datetime) -> Event:
    stamp = due_at.isoformat()
    distance = timedelta(hours=hours)
    return Event(
        id=root_id("clock", f"{incident_id}/{duty}/{stage}:{hours}h/{stamp}"),
        incident=incident_id,
        payload=ClockDue.model_validate(
            {"duty": duty, "stage": stage, "hours": hours, "due_at": stamp}
        ),
        due=due_at - distance if stage == "soon" else due_at + distance,
        weight=0,
    )


def is_over(view: IncidentView, duty: Duty) -> bool:
    """Whether a duty asks nothing any more of an incident that was closed or withdrawn.

    The log of a whole year is owed for a closed incident too.
    """
    return view.state == "withdrawn" or (view.state == "closed" and duty.phase is not Phase.ANNUAL)


async def met(duties: Duties, incident_id: str, duty: Duty) -> bool:
    """Whether a duty is met: its report filed, or nobody left to tell."""
    if duty.addressee in {Addressee.AUTHORITY, Addressee.OTHER}:
        filed = await duties.filings(incident_id)
        return any(body["duty"] == duty.id for body in filed.values())
    return await duties.told(incident_id)


async def watch(
    event: Event,
    checkpoint: str | None,
    *,
    duties: Duties,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Alarm about a duty that is near or past its time, unless it is met or no longer so due.

    The alarm is rung by the event that the ledger inserts with it.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, ClockDue)  # noqa: S101  # narrows the payload
    view = await duties.incident(event.incident)
    duty = await duties.duty(event.incident, due.duty)
    moved = duty.due_at is None or duty.due_at.isoformat() != due.due_at
    if duty.due_at is None or moved or _overtaken(due, duty.due_at, policy, now=now):
        yield Commit(done=True)
        return
    over = is_over(view, duty) or duty.required is False
    if over or await met(duties, event.incident, duty):
        yield Commit(done=True)
        return
    follow = []
    if due.stage == "late":
        late_for = (now - duty.due_at) // LATE_AGAIN + 1
        hours = late_for * (LATE_AGAIN // _HOUR)
        follow.append(_timer(event.incident, duty.id, "late", hours, duty.due_at))
    body = {
        "text": _text(view, duty, duty.due_at, now=now),
        "duty": duty.id,
        "stage": due.stage,
        "hours": due.hours,
        "due_at": due.due_at,
    }
    suffix = f":{due.hours}h" if due.hours else ""
    alarm = Fact(FactKind.ALARM, f"clock:{duty.id}:{due.stage}{suffix}", body)
    yield Commit(writes=[alarm], events=follow, done=True)


def _overtaken(due: ClockDue, due_at: datetime, policy: Policy, *, now: datetime) -> bool:
    """Whether a later warning, or the end itself, is due by now too and has the word."""
    if due.stage == "late":
        return False
    later = [hours for hours in policy.alarm_before_hours if hours < due.hours]
    return now >= due_at - timedelta(hours=max(later, default=0))


def _text(view: IncidentView, duty: Duty, due_at: datetime, *, now: datetime) -> str:
    drill = "[EXERCISE] " if view.drill else ""
    at = due_at.astimezone(UTC)
    when = f"{at:%Y-%m-%d %H:%M} UTC"
    if now >= due_at:
        by = f" by {spoken(now - due_at)}" if now - due_at >= timedelta(minutes=1) else ""
        said = f"is late{by}: it was due {when}"
    else:
        said = f"is due in {spoken(due_at - now)}, {when}"
    to = f" to {duty.to}" if duty.to else ""
    doubt = ""
    if duty.required is None:
        unknown = ", ".join(duty.missing) or "more"
        doubt = f". Whether it is owed is undecided until known: {unknown}"
    own = " The time is your own target" if duty.due_nature == "policy" else ""
    return f"{drill}{view.id}: {duty.id}{to} {said} ({duty.cite}){doubt}{'.' if own else ''}{own}"


def spoken(length: timedelta) -> str:
    """Return a length of time as people say it: `2 days 3 h`, `5 h 10 min`, `4 min`."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        day = "day" if days == 1 else "days"
        return f"{days:,} {day} {hours} h" if hours else f"{days:,} {day}"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"
