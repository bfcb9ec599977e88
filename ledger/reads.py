"""What can be asked of the ledger: queries, each a function of a connection."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select
from tocsin.ledger import choosing, paced
from tocsin.ledger import tables as t
from tocsin.ledger.ready import Ready
from tocsin.schemas.artefact import Artefact, ArtefactState
from tocsin.schemas.audience import AudienceCounts
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.commit import FactKind
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.errors import NotFound
from tocsin.schemas.evidence import Heard
from tocsin.schemas.views import (
    AlarmView,
    Backlog,
    DeadEvent,
    IncidentView,
    Progress,
    RoundView,
)

_I, _F = t.incident.c, t.fact.c
_INCIDENTS = select(
    *(_I.id, _I.title, _I.organisation, _I.drill, _I.state, _I.raised_by, _I.revision, _I.opened_at)
)
_ONE_INCIDENT = Ready(_INCIDENTS.where(_I.id == bindparam("name")))
_NEWEST_FACT = Ready(
    select(_F.body)
    .where(
        _F.incident == bindparam("of"), _F.kind == bindparam("kind"), _F.name == bindparam("name")
    )
    .order_by(_F.id.desc())
    .limit(1)
)
_ROUND_FACTS = Ready(
    select(_F.name, _F.body)
    .where(_F.round == bindparam("of"), _F.kind == bindparam("kind"))
    .order_by(_F.id)
)


def incidents(db: Connection) -> tuple[IncidentView, ...]:
    """Return all incidents, newest first."""
    rows = db.execute(_INCIDENTS.order_by(t.incident.c.opened_at.desc(), t.incident.c.id))
    return tuple(_incident(row) for row in rows)


def _incident(row: Sequence[Any]) -> IncidentView:
    name, title, organisation, drill, state, raised_by, revision, opened_at = row
    return IncidentView(
        id=name,
        title=title,
        organisation=organisation,
        drill=bool(drill),
        state=state,
        raised_by=raised_by,
        revision=revision,
        opened_at=parse_instant(opened_at),
    )


def incident(db: Connection, incident_id: str) -> IncidentView:
    """Return one incident."""
    row = _ONE_INCIDENT.run(db, name=incident_id).fetchone()
    if row is None:
        message = f"there is no incident {incident_id}"
        raise NotFound(message, field="incident", fix="`tocsin incident list` shows them")
    return _incident(row)


def _counts(text: str) -> AudienceCounts | None:
    if not text:
        return None
    body = json.loads(text)
    body["by_cohort"] = {int(k): v for k, v in body["by_cohort"].items()}
    body["ladder"] = tuple(body["ladder"])
    return AudienceCounts(**body)


def _round(row: Row[Any]) -> RoundView:
    return RoundView(
        id=row.id,
        incident=row.incident,
        revision=row.revision,
        kind=row.kind,
        state=row.state,
        opened_at=parse_instant(row.opened_at),
        in_scope=row.in_scope,
        audience_root=row.audience_root,
        counts=_counts(row.counts),
        follows=tuple(row.follows.split()),
        takes_over=tuple(row.takes_over.split()),
    )


def round_(db: Connection, round_id: str) -> RoundView:
    """Return one round."""
    row = db.execute(select(t.round_).where(t.round_.c.id == round_id)).first()
    if row is None:
        message = f"there is no round {round_id}"
        raise NotFound(message, field="round")
    return _round(row)


def rounds(db: Connection, incident_id: str) -> tuple[RoundView, ...]:
    """Return an incident's rounds, oldest first."""
    query = select(t.round_).where(t.round_.c.incident == incident_id).order_by(t.round_.c.n)
    return tuple(_round(row) for row in db.execute(query))


def fact(db: Connection, incident_id: str, kind: FactKind, name: str) -> Any | None:
    """Return the body of the newest fact of a name, or None."""
    row = _NEWEST_FACT.run(db, of=incident_id, kind=kind.value, name=name).fetchone()
    return None if row is None else json.loads(row[0])


def facts(db: Connection, incident_id: str, kind: FactKind) -> dict[str, Any]:
    """Return the newest body of every name of a kind, by name, oldest name first."""
    query = (
        select(t.fact.c.name, t.fact.c.body)
        .where(t.fact.c.incident == incident_id, t.fact.c.kind == kind.value)
        .order_by(t.fact.c.id)
    )
    return {row.name: json.loads(row.body) for row in db.execute(query)}


def history(db: Connection, incident_id: str, kind: FactKind) -> tuple[tuple[str, str, Any], ...]:
    """Return every fact of a kind as (time, name, body), oldest first."""
    query = (
        select(t.fact.c.at, t.fact.c.name, t.fact.c.body)
        .where(t.fact.c.incident == incident_id, t.fact.c.kind == kind.value)
        .order_by(t.fact.c.id)
    )
    return tuple((row.at, row.name, json.loads(row.body)) for row in db.execute(query))


def round_facts(db: Connection, round_id: str, kind: FactKind) -> dict[str, Any]:
    """Return the newest body of every name of a kind within a round."""
    rows = _ROUND_FACTS.run(db, of=round_id, kind=kind.value).fetchall()
    return {name: json.loads(body) for name, body in rows}


def _artefact(row: Row[Any]) -> Artefact:
    artefact = Artefact.model_validate_json(row.body)
    return artefact.model_copy(update={"state": ArtefactState(row.state)})


def artefacts(db: Connection, incident_id: str) -> tuple[Artefact, ...]:
    """Return an incident's artefacts by name."""
    query = select(t.artefact).where(t.artefact.c.incident == incident_id)
    return tuple(_artefact(row) for row in db.execute(query.order_by(t.artefact.c.name)))


def coverage(db: Connection, round_id: str) -> Coverage:
    """Return the equation of a round from the projection; in_scope 0 before the freeze."""
    view = round_(db, round_id)
    query = (
        select(t.standing.c.state, t.standing.c.count.label("people"))
        .join(t.round_, t.round_.c.n == t.standing.c.round)
        .where(t.round_.c.id == round_id)
    )
    counts = {row.state: row.people for row in db.execute(query)}
    return Coverage(in_scope=view.in_scope or 0, **counts)


def progress(db: Connection, round_id: str) -> tuple[Progress, ...]:
    """Return live counts of a round by lane and result."""
    p = t.progress.c
    query = (
        select(p.lane, p.result, func.sum(p.count).label("people"))
        .join(t.round_, t.round_.c.n == p.round)
        .where(t.round_.c.id == round_id, p.result != Heard.FAILED.value)
        .group_by(p.lane, p.result)
        .order_by(p.lane, p.result)
    )
    return tuple(
        Progress(round=round_id, lane=row.lane, result=row.result, count=int(row.people))
        for row in db.execute(query)
    )


def lane_sizes(db: Connection, round_id: str) -> dict[str, int]:
    """Return how many obligations each lane of a round holds."""
    o = t.obligation.c
    query = (
        select(o.lane, func.max(o.seq) + 1)
        .join(t.round_, t.round_.c.n == o.round)
        .where(t.round_.c.id == round_id)
        .group_by(o.lane)
        .order_by(o.lane)
    )
    return {lane: int(size) for lane, size in db.execute(query)}


def alarms(db: Connection, incident_id: str | None = None) -> tuple[AlarmView, ...]:
    """Return alarms, newest first, of one incident or of all."""
    query = select(t.fact).where(t.fact.c.kind == FactKind.ALARM.value)
    if incident_id is not None:
        query = query.where(t.fact.c.incident == incident_id)
    return tuple(
        AlarmView(
            incident=row.incident,
            name=row.name,
            text=json.loads(row.body)["text"],
            at=parse_instant(row.at),
        )
        for row in db.execute(query.order_by(t.fact.c.id.desc()))
    )


def dead_events(db: Connection, incident_id: str | None = None) -> tuple[DeadEvent, ...]:
    """Return events that gave up."""
    query = select(t.event).where(t.event.c.state == "dead").order_by(t.event.c.due)
    if incident_id is not None:
        query = query.where(t.event.c.incident == incident_id)
    return tuple(
        DeadEvent(
            id=row.id,
            incident=row.incident,
            type=row.type,
            weight=row.weight,
            tries=row.tries,
            error=row.error,
        )
        for row in db.execute(query)
    )


def waiting_events(db: Connection) -> Sequence[tuple[str, str, int, str]]:
    """Return (incident, type, due in microseconds, state) of all events that are not done."""
    e = t.event.c
    query = select(e.incident, e.type, e.due, e.state).where(e.state.in_(("waiting", "claimed")))
    return [(row.incident, row.type, row.due, row.state) for row in db.execute(query)]


def event_state(db: Connection, event_id: str) -> tuple[str, str]:
    """Return (state, error) of an event."""
    row = db.execute(select(t.event.c.state, t.event.c.error).where(t.event.c.id == event_id)).one()
    return row.state, row.error


def signatures(db: Connection) -> tuple[tuple[str, str], ...]:
    """Return (hash, signature) of a first and of a last link: whose key signs this ledger."""
    c = t.link.c
    ends = (c.incident, c.n), (c.incident.desc(), c.n.desc())
    found = [db.execute(select(c.hash, c.signature).order_by(*by).limit(1)).first() for by in ends]
    return tuple((row.hash, row.signature) for row in found if row is not None)


def backlog(db: Connection, *, now_us: int) -> Backlog:
    """Return how much waits to be claimed now, how long the oldest has, and what gave up.

    What a pause or a stop holds back waits for nobody, and what waits for its turn is not late.
    """
    e = t.event.c
    due = choosing.claimable(now_us)
    waits = paced.held_back(db, now_us=now_us)
    if waits is not None:
        due &= ~waits
    query = select(
        func.count().filter(due),
        func.min(e.due).filter(due),
        func.count().filter(e.state == "claimed"),
        func.count().filter(e.state == "dead"),
    ).where(e.state.in_(("waiting", "claimed", "dead")))
    waiting, oldest, claimed, dead = db.execute(query).one()
    age_us = 0 if oldest is None else max(now_us - int(oldest), 0)
    return Backlog(waiting=waiting, claimed=claimed, dead=dead, oldest_s=age_us / 1e6)


def open_people(db: Connection) -> tuple[tuple[str, str, int], ...]:
    """Return (incident, round, open people) of every round that still has to tell somebody."""
    r, s = t.round_.c, t.standing.c
    query = (
        select(r.incident, r.id, s.count.label("people"))
        .join(t.standing, (s.round == r.n) & (s.state == "open"))
        .where(r.state.not_in(("closed", "stopped")))
        .order_by(r.n)
    )
    return tuple((row.incident, row.id, row.people) for row in db.execute(query))


_TIMERS = (
    *("alarm.due", "announcement.end", "announcement.watch", "clock.due", "closing.due"),
    *("relook.due", "silence.due", "stage.due", "told.due", "wait.due"),
)
_MAY_OPEN = ("silence.due", "evidence.heard", "escalation.due")


def waits_longer(db: Connection, round_id: str, event_id: str) -> bool:
    """Whether another event waits to close a round later than this one.

    Of two that come due together only one gives way: else each would leave it to the other.
    """
    e = t.event.c
    mine = select(e.due).where(e.id == event_id).scalar_subquery()
    query = select(e.id).where(
        e.round == round_id,
        e.type == "closing.due",
        e.state.in_(("waiting", "claimed")),
        (e.due > mine) | ((e.due == mine) & (e.id > event_id)),
    )
    return db.execute(query.limit(1)).first() is not None


def listens_until(db: Connection, round_id: str) -> int | None:
    """Return until when something waits that may open people of a round again; None: nothing does.

    Microseconds since 1970.
    """
    e = t.event.c
    query = select(func.max(e.due)).where(
        e.round == round_id, e.type.in_(_MAY_OPEN), e.state.in_(("waiting", "claimed"))
    )
    return db.execute(query).scalar()


def busy(db: Connection) -> bool:
    """Whether anything but a timer or held work is still to be done; a timer that is claimed is.

    Who shares the notice of somebody on a held lane waits as long as they do.
    """
    e, r, h = t.event.c, t.round_.c, t.lane_hold.c
    has_hold = select(h.round).where(h.state == "held")
    held = select(r.id).where(r.state.in_(("paused", "stopped", "closed")))
    query = select(e.id).where(
        e.state.in_(("waiting", "claimed")),
        (e.state == "claimed") | e.type.not_in(_TIMERS),
        (e.state == "claimed") | e.round.not_in(held) | (e.type == "round.emptied"),
        (e.state == "claimed") | ~choosing.ON_HELD_LANE,
        (e.type != "sharing.due") | e.round.not_in(has_hold),
    )
    return db.execute(query.limit(1)).first() is not None
