"""What each typed write does to the tables: one function per type, and the leaves it adds.

Hot paths (persons, obligations, outcomes) are the driver's bulk form; the rest is SQLAlchemy Core.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Table, case, delete, select, update
from tocsin.ledger import code_ranges, lanes, leaves, outcomes, sought, tables
from tocsin.ledger.application import Application
from tocsin.ledger.chain import SYSTEM
from tocsin.ledger.dialect import add_counts, append_rows, insert
from tocsin.ledger.drafts import decide
from tocsin.ledger.outcomes import CLOSED
from tocsin.schemas import commit as c
from tocsin.schemas.canonical import canonical
from tocsin.schemas.coverage import PersonState
from tocsin.schemas.errors import Conflict


def append_fact(do: Application, write: c.Fact) -> None:
    """Append one fact of the general table."""
    body = canonical(write.body).decode()
    row = (do.incident, write.round, write.kind.value, write.name, body, do.at)
    do.leaves.append(leaves.fact(row))
    names = ("incident", "round", "kind", "name", "body", "at")
    do.db.execute(tables.fact.insert().values(**dict(zip(names, row, strict=True)), link=do.link))


def open_incident(do: Application, write: c.OpenIncident) -> None:
    """Put an incident into the projection, or renew its revision."""
    values = {
        "title": write.title,
        "organisation": write.organisation,
        "drill": int(write.drill),
        "raised_by": write.raised_by,
        "revision": write.revision,
    }
    row = {"id": do.incident, "state": "open", "opened_at": do.at, **values}
    do.db.execute(
        insert(do.db, tables.incident)
        .values(row)
        .on_conflict_do_update(index_elements=["id"], set_={"revision": write.revision})
    )
    append_fact(do, c.Fact(c.FactKind.TRANSITION, do.incident, {"machine": "incident", **row}))


def open_round(do: Application, write: c.OpenRound) -> None:
    """Start a round."""
    do.db.execute(
        tables.round_.insert().values(
            id=write.round,
            incident=do.incident,
            revision=write.revision,
            kind=write.kind,
            state="resolving",
            opened_at=do.at,
            audience_root="",
            counts="",
            follows=" ".join(write.follows),
            takes_over=" ".join(write.takes_over),
        )
    )
    append_fact(do, c.Fact(c.FactKind.ROUND, write.round, asdict(write), write.round))


def freeze_round(do: Application, write: c.FreezeRound) -> None:
    """Record the complete audience; a round that was stopped meanwhile stays so."""
    body = {
        "in_scope": write.in_scope,
        "audience_root": write.audience_root,
        "counts": asdict(write.counts),
    }
    do.db.execute(
        update(tables.round_)
        .where(tables.round_.c.id == write.round)
        .values(
            state=case(
                (tables.round_.c.state == "resolving", "frozen"), else_=tables.round_.c.state
            ),
            in_scope=write.in_scope,
            audience_root=write.audience_root,
            counts=json.dumps(asdict(write.counts)),
        )
    )
    append_fact(do, c.Fact(c.FactKind.FREEZE, write.round, body, write.round))


def _open_people(do: Application, round_id: str) -> int:
    s = tables.standing.c
    query = select(s.count).where(
        s.round == do.round_number(round_id), s.state == PersonState.OPEN.value
    )
    return do.db.execute(query).scalar() or 0


_MACHINES: dict[str, tuple[Table, str]] = {
    "incident": (tables.incident, "id"),
    "round": (tables.round_, "id"),
    "artefact": (tables.artefact, "name"),
}


def transition(do: Application, write: c.Transition) -> None:
    """Move a projection to a state, and keep the move as a fact.

    A round in which somebody is open does not close.
    """
    if write.machine == "round" and write.state == CLOSED and _open_people(do, write.name):
        message = f"{write.name} has open people again"
        raise Conflict(message, field="round", fix="they are told first")
    table, key = _MACHINES[write.machine]
    statement = update(table).where(table.c[key] == write.name).values(state=write.state)
    if write.machine == "artefact":
        statement = statement.where(table.c.incident == do.incident)
    if write.was:
        statement = statement.where(table.c.state == write.was)
    if not do.db.execute(statement).rowcount and write.was:
        message = f"{write.name} is no longer {write.was}"
        raise Conflict(message, field=write.machine, fix="look at it again and decide anew")
    append_fact(do, c.Fact(c.FactKind.TRANSITION, write.name, asdict(write)))


def draft_artefact(do: Application, write: c.DraftArtefact) -> None:
    """Put an artefact before its approver."""
    artefact = write.artefact
    body = artefact.model_dump(mode="json")
    row = {
        "incident": do.incident,
        "name": artefact.name,
        "round": artefact.round,
        "state": artefact.state.value,
        "body": canonical(body).decode(),
    }
    changed = {k: row[k] for k in ("round", "state", "body")}
    do.db.execute(
        insert(do.db, tables.artefact)
        .values(row)
        .on_conflict_do_update(index_elements=["incident", "name"], set_=changed)
    )
    append_fact(do, c.Fact(c.FactKind.ARTEFACT, artefact.name, body, artefact.round))


def add_persons(do: Application, write: c.Persons) -> None:
    """Append persons; all of them are open."""
    number = do.round_number(write.round)
    do.leaves.extend(leaves.person(number, row) for row in write.rows)
    append_rows(do.db, tables.person, [(number, *row, do.link) for row in write.rows])
    add_counts(do.db, tables.standing, [(number, PersonState.OPEN.value, len(write.rows))])


def add_obligations(do: Application, write: c.Obligations) -> None:
    """Append obligations."""
    number = do.round_number(write.round)
    do.leaves.extend(leaves.obligation(number, row) for row in write.rows)
    append_rows(do.db, tables.obligation, [(number, *row, do.link) for row in write.rows])


def await_others(do: Application, write: c.Await) -> None:
    """Let obligations wait for a channel."""
    number = do.round_number(write.round)
    append_rows(do.db, tables.awaiting, [(number, *row) for row in write.rows])


def gather(do: Application, write: c.Gather) -> None:
    """Take waiting obligations out; the whole Commit is refused when one was taken before."""
    number, a = do.round_number(write.round), tables.awaiting.c
    for row in write.rows:
        here = (a.round == number) & (a.rung == row.rung) & (a.lane == row.lane)
        taken = do.db.execute(delete(tables.awaiting).where(here, a.seq == row.seq))
        if not taken.rowcount:
            message = f"somebody of {write.round} was gathered before"
            raise Conflict(message, field="round", fix="it is looked again who waits")


def decide_draft(do: Application, write: c.DecideDraft) -> None:
    """Raise or dismiss a draft of detections, unless somebody did before."""
    draft = decide(do.db, write, incident=do.incident)
    raised_as = {"incident": do.incident} if do.incident != SYSTEM else {}
    body = {
        "what": write.state,
        "by": write.by,
        "reason": write.reason,
        "last_seen": draft.last_seen,
        "detections": draft.detections,
    }
    do.on_system.append(c.Fact(c.FactKind.DRAFT, draft.id, body | raised_as))


def hold_lane(do: Application, write: c.HoldLane) -> None:
    """Hold a lane on one rung; of one that is held already nothing new is told."""
    if lanes.hold(do.db, write):
        told = {"machine": "lane", "state": "held", **asdict(write)}
        append_fact(do, c.Fact(c.FactKind.TRANSITION, f"{write.round}#{write.lane}", told))


def release_lane(do: Application, write: c.ReleaseLane) -> None:
    """Let a held lane go on."""
    if not lanes.release(do.db, write):
        message = f"the lane {write.lane} of {write.round} is not held"
        raise Conflict(message, field="lane", fix="look at it again: it goes on already")
    told = {"machine": "lane", "state": "released", **asdict(write)}
    append_fact(do, c.Fact(c.FactKind.TRANSITION, f"{write.round}#{write.lane}", told))


def reserve_codes(do: Application, write: c.ReserveCodes) -> None:
    """Reserve codes of a pool for a round; refused when somebody else did meanwhile."""
    if not code_ranges.reserve(do.db, write):
        message = f"codes of the pool {write.pool} were reserved meanwhile"
        raise Conflict(message, field="code_pool", fix="it is planned again with the next ones")
    append_fact(do, c.Fact(c.FactKind.CODES, write.round, asdict(write), write.round))


def seek(do: Application, write: c.Seek) -> None:
    """Let a round look for people of earlier ones."""
    number = do.round_number(write.round)
    append_rows(do.db, tables.sought, [(number, *row) for row in write.rows])


def found(do: Application, write: c.Found) -> None:
    """Take people out of those whom a round looks for."""
    sought.take_out(do.db, do.round_number(write.round), write.digests)


def seek_no_more(do: Application, write: c.SeekNoMore | c.DropRoster) -> None:
    """Forget whom a round looks for. A roster itself is beside the ledger."""
    sought.forget(do.db, do.round_number(write.round))


def _beside_the_ledger(do: Application, write: c.Write) -> None:
    """Rosters are files of their own; the ledger writes them around its transaction."""


APPLY: dict[type, Callable[[Application, Any], None]] = {
    c.Fact: append_fact,
    c.OpenIncident: open_incident,
    c.OpenRound: open_round,
    c.FreezeRound: freeze_round,
    c.Transition: transition,
    c.DraftArtefact: draft_artefact,
    c.Persons: add_persons,
    c.Obligations: add_obligations,
    c.Outcomes: outcomes.add_outcomes,
    c.Evidence: outcomes.add_evidence,
    c.Await: await_others,
    c.Gather: gather,
    c.DecideDraft: decide_draft,
    c.Roster: _beside_the_ledger,
    c.HoldLane: hold_lane,
    c.ReleaseLane: release_lane,
    c.ReserveCodes: reserve_codes,
    c.Seek: seek,
    c.Found: found,
    c.SeekNoMore: seek_no_more,
    c.DropRoster: seek_no_more,
}
