"""What the projections must say, folded anew from the facts alone: states, artefacts, progress.

Projections can be written to, and the pipeline reads them (whether an incident is a drill, whether
an artefact is approved); so a proof compares every one of them with its facts.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select
from tocsin.ledger import tables as t
from tocsin.ledger.chain import SYSTEM
from tocsin.schemas.commit import FactKind
from tocsin.schemas.evidence import Heard

_TOLD = (FactKind.TRANSITION, FactKind.ROUND, FactKind.FREEZE, FactKind.ARTEFACT)


@dataclass(slots=True)
class Folded:
    """An incident, its rounds, artefacts and held lanes as their facts have them."""

    incident: dict[str, Any] = field(default_factory=dict)
    rounds: dict[str, dict[str, Any]] = field(default_factory=dict)
    artefacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    lanes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By round, lane and rung: held or released, why, and what was known at the release."""

    def take(self, kind: str, name: str, body: Any) -> None:
        """Go on by one fact."""
        match kind:
            case FactKind.ROUND:
                told = {name: body[name] for name in _OF_ROUND}
                self.rounds[name] = {"state": "resolving", **told, "counts": None}
            case FactKind.FREEZE:
                here = self.rounds.setdefault(name, {})
                here["counts"] = body["counts"]
                if here.get("state") == "resolving":
                    here["state"] = "frozen"
            case FactKind.ARTEFACT:
                self.artefacts[name] = {"state": body["state"], "body": body}
            case _ if "opened_at" in body and self.incident:
                self.incident["revision"] = body["revision"]
            case _ if "opened_at" in body:
                self.incident = {k: v for k, v in body.items() if k != "machine"}
            case _ if body["machine"] == "incident":
                self.incident["state"] = body["state"]
            case _ if body["machine"] == "lane":
                here = self.lanes.setdefault(_place(body), {"handed_over": -1, "hard": -1})
                here |= {name: body[name] for name in _OF_LANE if name in body}
            case _:
                moved = self.rounds if body["machine"] == "round" else self.artefacts
                moved.setdefault(name, {})["state"] = body["state"]


_OF_ROUND = ("revision", "kind", "follows", "takes_over")
_OF_LANE = ("channel", "state", "reason", "handed_over", "hard")


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['round']} lane {row['lane']}, rung {row['rung']}"


def refold(db: Connection, incident: str) -> Folded:
    """Fold an incident's states anew from its facts, oldest first."""
    folded, f = Folded(), t.fact.c
    query = select(f.kind, f.name, f.body).where(f.incident == incident, f.kind.in_(_TOLD))
    for kind, name, body in db.execute(query.order_by(f.id)):
        folded.take(kind, name, json.loads(body))
    return folded


def state_problems(db: Connection, incident: str) -> Iterator[str]:
    """Say of each incident, round and artefact in what its projection differs from its facts."""
    folded = refold(db, incident)
    row = db.execute(select(t.incident).where(t.incident.c.id == incident)).first()
    shown = dict(row._mapping) if row else {}  # noqa: SLF001  # the public name of it
    yield from _differences(f"incident {incident}", shown, folded.incident)
    rounds = {}
    for row in db.execute(select(t.round_).where(t.round_.c.incident == incident)):
        counts = json.loads(row.counts) if row.counts else None
        told = {"state": row.state, "revision": row.revision, "kind": row.kind}
        told |= {"follows": row.follows.split(), "takes_over": row.takes_over.split()}
        rounds[row.id] = told | {"counts": counts}
    for name in sorted(rounds.keys() | folded.rounds.keys()):
        yield from _differences(f"round {name}", rounds.get(name, {}), folded.rounds.get(name, {}))
    yield from _lane_problems(db, list(rounds), folded)
    artefacts = {}
    for row in db.execute(select(t.artefact).where(t.artefact.c.incident == incident)):
        artefacts[row.name] = {"state": row.state, "body": json.loads(row.body)}
    for name in sorted(artefacts.keys() | folded.artefacts.keys()):
        told, facts = artefacts.get(name, {}), folded.artefacts.get(name, {})
        yield from _differences(f"{incident}: artefact {name}", told, facts)
    approved = select(t.fact.c.name).where(
        t.fact.c.incident == incident, t.fact.c.kind == FactKind.APPROVAL
    )
    for name in sorted(set(db.execute(approved).scalars()) - folded.artefacts.keys()):
        yield f"{incident}: an approval of {name}, which was never drafted"


def _lane_problems(db: Connection, rounds: list[str], folded: Folded) -> Iterator[str]:
    shown = {}
    for row in db.execute(select(t.lane_hold).where(t.lane_hold.c.round.in_(rounds))):
        held = dict(row._mapping)  # noqa: SLF001  # the public name of it
        shown[_place(held)] = {name: held[name] for name in _OF_LANE}
    for name in sorted(shown.keys() | folded.lanes.keys()):
        yield from _differences(name, shown.get(name, {}), folded.lanes.get(name, {}))


def _differences(what: str, shown: dict[str, Any], facts: dict[str, Any]) -> Iterator[str]:
    if not shown or not facts:
        if shown or facts:
            yield f"{what} stands in {'no fact' if shown else 'facts alone'}"
        return
    for name in sorted(shown.keys() | facts.keys()):
        if shown.get(name) == facts.get(name):
            continue
        if name == "state":
            yield f"{what} is {shown.get(name)}, and {facts.get(name)} by its facts"
        else:
            yield f"{what}: the {name} differs from its facts"


def progress_problems(db: Connection, round_id: str) -> Iterator[str]:
    """Compare a round's live counts with its outcomes and with what came back."""
    number = select(t.round_.c.n).where(t.round_.c.id == round_id).scalar_subquery()
    p, o, e = t.progress.c, t.outcome.c, t.evidence.c
    shown = select(p.lane, p.rung, p.result, p.reason, p.count).where(p.round == number)
    counted = select(o.lane, o.rung, o.result, o.reason, func.count()).where(o.round == number)
    failed = select(e.lane, e.rung, e.heard, e.reason, func.count()).where(e.round == number)
    told = {tuple(place): n for *place, n in db.execute(shown)}
    by_outcome = counted.group_by(o.lane, o.rung, o.result, o.reason)
    came_back = failed.where(e.heard == Heard.FAILED.value).group_by(
        e.lane, e.rung, e.heard, e.reason
    )
    facts = {
        tuple(place): n for query in (by_outcome, came_back) for *place, n in db.execute(query)
    }
    for place in sorted(told.keys() | facts.keys()):
        if told.get(place) != facts.get(place):
            lane, _, result, _ = place
            here, there = told.get(place, 0), facts.get(place, 0)
            yield f"{round_id}: {here} {result} in lane {lane} by projection, {there} by outcomes"


def draft_problems(db: Connection) -> Iterator[str]:
    """Compare which drafts of detections stand, and what people decided, with the facts.

    Their detections are not evidence and are not counted.
    """
    f = t.fact.c
    told: dict[str, Any] = {}
    query = select(f.name, f.body).where(f.incident == SYSTEM, f.kind == FactKind.DRAFT)
    for name, text in db.execute(query.order_by(f.id)):
        body = json.loads(text)
        match body["what"]:
            case "joined":
                before = told.pop(name, {"state": "open", "incident": ""})
                told.setdefault(body["into"], before)
            case "opened":
                told[name] = {"state": "open", "incident": ""}
            case "raised" | "dismissed":
                told[name] = {"state": body["what"], "incident": body.get("incident", "")}
    d = t.draft.c
    shown = {
        row.id: {"state": row.state, "incident": row.incident}
        for row in db.execute(select(d.id, d.state, d.incident))
    }
    for name in sorted(shown.keys() | told.keys()):
        yield from _differences(f"draft {name}", shown.get(name, {}), told.get(name, {}))
