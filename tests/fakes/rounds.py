"""Rounds that follow, as tests drive them: people planted, told for the first time, then more."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.ledger import reads
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.rounds import RoundKind

from fakes.deployment import COLUMNS, Deployment, incident, person
from fakes.postgres import need_programs, schema_of
from fakes.promises import told

POLICY = {"max_missing_share_percent": 100, "governor_percent": 100}
CORRECTION = {
    "correction": {"en": "We wrote that passwords were readable. They were not."},
    "what_is_new": {"en": "The gap is closed."},
}
SHOP = {"where": [{"column": "system", "equals": "shop"}]}


def corrected(**fields: Any) -> IncidentFile:
    """Return the incident as it is described for a round that follows."""
    before = incident().model_dump(mode="json")
    return incident(narratives=before["narratives"] | CORRECTION, **fields)


@dataclass
class Planted:
    """People, and what becomes of each address in the first round."""

    people: list[dict[str, Any]]
    reached: set[str]
    """Addresses at which the first notice arrives."""
    keys_reached: int
    """People who are told by them: some share one."""
    keys_shared: int
    """Of those, people who are told by the notice of another account."""
    plan: RelayPlan


def planted(number: int) -> Planted:
    """Plant people who are told, refused, without address, who share one, and who are minors."""
    people = [person(n) for n in range(number)]
    behaviours: dict[str, Behaviour] = {}
    reached: set[str] = set()
    keys = shared = 0
    for n, row in enumerate(people):
        match n % 10:
            case 1:
                row["email"] = None
            case 2:
                same = people[n - 2]
                row |= {name: same[name] for name in ("email", "country", "locale")}
                keys, shared = keys + 1, shared + 1
            case 3:
                behaviours[row["email"]] = Behaviour(do=Do.REFUSE, times=None)
            case 4:
                row |= {"birth_date": "2020-01-01", "guardian_id": people[n - 4]["id"]}
                row |= {"country": "DE", "locale": "en"}
                reached.add(people[n - 4]["email"])
                keys += 1
            case _:
                reached.add(row["email"])
                keys += 1
    return Planted(people, reached, keys, shared, RelayPlan(addresses=behaviours))


async def first_round(d: Deployment, file: IncidentFile | None = None) -> str:
    """Tell everybody for the first time, and let it come to rest."""
    name = await d.raised(file)
    await d.approve(name)
    await d.settle()
    return name


async def follow(
    d: Deployment, name: str, kind: RoundKind, file: IncidentFile | None = None, **how: Any
) -> tuple[str, ...]:
    """Start a round that follows, and let it come to rest before its approval."""
    given: dict[str, Any] = {"kind": kind, "reason": "we know more", **how}
    rounds: tuple[str, ...] = await d.runtime.door.follow_incident(
        d.raiser, name, file or corrected(), **given
    )
    await d.settle()
    return rounds


async def sent(d: Deployment, name: str) -> Counter[str]:
    """Approve what waits, and return who is told by it."""
    before = told(d.relay)
    await d.approve(name)
    await d.settle()
    return told(d.relay) - before


def change(d: Deployment, statement: str, *rows: dict[str, Any]) -> None:
    """Change the directory behind the rounds' back."""
    with closing(sqlite3.connect(d.folder / "people.db")) as db, db:
        if rows:
            marks = ", ".join(f":{name}" for name in COLUMNS)
            db.executemany(f"INSERT INTO people VALUES ({marks})", rows)
        else:
            assert db.execute(statement).rowcount


async def equation(d: Deployment, round_id: str) -> Coverage:
    found: Coverage = await d.runtime.ledger.ask(reads.coverage, round_id)
    return found


def on(backend: str, folder: Path) -> dict[str, Any]:
    """Return the sections that put a deployment's ledger on a database."""
    if backend == "sqlite":
        return {}
    need_programs()
    return {"ledger": {"url": schema_of(folder)}}
