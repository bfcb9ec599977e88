"""Alarms in the ledger: whoever writes one has it rung, by an event of the same transaction."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select
from tocsin.ledger import reads, tables
from tocsin.schemas.canonical import instant, parse_instant
from tocsin.schemas.commit import Fact, FactKind, Write
from tocsin.schemas.errors import NotFound
from tocsin.schemas.event import AlarmDue, Event
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.outcome import Result
from tocsin.schemas.views import AlarmView

SILENT = "silent"
"""In the body of an alarm that is not rung: one about ringing itself, which would go round."""


def rings(incident: str, writes: Sequence[Write], *, link: int) -> tuple[Event, ...]:
    """Return the event that rings each alarm among writes; its id follows from where it stands."""
    return tuple(
        Event(
            id=root_id("alarm", f"{incident}/{link}/{write.name}"),
            incident=incident,
            payload=AlarmDue(alarm=write.name, link=link),
            weight=0,
        )
        for write in writes
        if isinstance(write, Fact)
        and write.kind is FactKind.ALARM
        and not write.body.get(SILENT, False)
    )


def alarm(db: Connection, incident: str, name: str, link: int) -> AlarmView:
    """Return the alarm of a name in a link; NotFound without it."""
    f = tables.fact.c
    query = select(f.body, f.at).where(
        f.incident == incident,
        f.kind == FactKind.ALARM.value,
        f.name == name,
        f.link == link,
    )
    row = db.execute(query).first()
    if row is None:
        message = f"there is no alarm {name} in link {link} of {incident}"
        raise NotFound(message, field="alarm")
    text = json.loads(row.body)["text"]
    return AlarmView(incident=incident, name=name, text=text, at=parse_instant(row.at))


def was_rung(db: Connection, incident: str, group: str, since: datetime) -> bool:
    """Whether somebody was reached since a time for an alarm whose name begins with `group`."""
    f = tables.fact.c
    query = select(f.body).where(
        f.incident == incident,
        f.kind == FactKind.RING.value,
        f.name.startswith(group, autoescape=True),
        f.at >= instant(since),
    )
    bodies = (json.loads(body) for body in db.execute(query).scalars())
    return any(body["result"] == Result.ACCEPTED.value and body["officer"] for body in bodies)


def late_alarms(db: Connection, incident: str) -> dict[str, list[str]]:
    """Return the due times about which it was alarmed that they passed unmet, by duty."""
    found: dict[str, list[str]] = {}
    for _, _, body in reads.history(db, incident, FactKind.ALARM):
        if body.get("stage") == "late":
            found.setdefault(body["duty"], []).append(body["due_at"])
    return found
