"""Duties that were met outside, by a hotline, a portal, a newsroom: who says so, on record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tocsin.rules.controllers import owed_to_controllers, packet_name
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.errors import Conflict, NotFound
from tocsin.schemas.event import Event
from tocsin.services.desk import given_in, on_record
from tocsin.services.filed_clocks import start_clocks

_MET_OUTSIDE = frozenset({Addressee.AUTHORITY, Addressee.OTHER})


class Desk(Protocol):
    """What is looked at."""

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        """Return the newest version of every duty."""
        ...


async def meetable(desk: Desk, incident_id: str, name: str) -> tuple[Duty, ...]:
    """Return the duties that are met outside with one thing; NotFound, or Conflict for any other.

    A controller that was told (`controller-2`) was told for all laws at once. Individuals and the
    public are not met by anybody's word: what became of each person is.
    """
    duties = {duty.id: duty for duty in await desk.duties(incident_id)}
    each = owed_to_controllers(tuple(duties.values()))
    together = {packet_name(number): owed for number, owed in each.items()}
    if name in together:
        return together[name]
    duty = duties.get(name)
    outside = sorted(name for name, each in duties.items() if each.addressee in _MET_OUTSIDE)
    known = [*together, *outside]
    if duty is None:
        message = f"{incident_id} has no duty {name!r}"
        fix = f"there are: {', '.join(known) or 'none yet'}"
        raise NotFound(message, field="duty", fix=fix)
    if duty.addressee not in _MET_OUTSIDE:
        message = f"{duty.id} is met by telling people, and by nobody's word"
        fix = "people who were told by other means: `tocsin returns earlier`"
        raise Conflict(message, field="duty", fix=fix)
    return (duty,)


async def record_met(event: Event, *, desk: Desk, now: datetime) -> Commit:
    """Put on record that a duty was met by other means, with what shows it."""
    given, incident_id = given_in(event), event.incident
    filings = [
        Fact(
            FactKind.FILING,
            f"outside/{duty.id}",
            {
                "duty": duty.id,
                "to": duty.to,
                "files": [],
                "filed_at": now,
                "late": duty.due_at is not None and now > duty.due_at,
                "by": given.principal,
                "evidence": given.reason,
            },
        )
        for duty in await meetable(desk, incident_id, given.target)
    ]
    clocks = start_clocks(event, await desk.duties(incident_id))
    return Commit(writes=[on_record(given), *filings], events=clocks, done=True)
