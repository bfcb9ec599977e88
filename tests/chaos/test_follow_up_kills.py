"""A round that follows is resolved amid kill -9: the same rows, the same root, nobody twice."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tocsin.ledger import reads
from tocsin.ledger import tables as t
from tocsin.ledger.verify import verify
from tocsin.schemas.event import CommandGiven, Event
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.principal import CommandType
from tocsin.schemas.rounds import RoundKind

from chaos.test_crash_points import SECTIONS
from fakes.deployment import COLUMNS, Deployment, deployment, incident, person
from fakes.postgres import need_programs, schema_of
from fakes.promises import told
from fakes.zygote import CrashPoint, Zygote

PEOPLE = 1600
POLICY = SECTIONS["policy"] | {"max_missing_share_percent": 100, "governor_percent": 100}


def planted(number: int) -> list[dict[str, Any]]:
    """Make people of whom some have no address, and some share one."""
    people: list[dict[str, Any]] = []
    for n in range(number):
        row = person(n)
        if n % 7 == 1:
            row["email"] = None
        elif n % 7 == 3:
            same = people[-2] if people[-2]["email"] else people[-1]
            row |= {name: same[name] for name in ("email", "country", "locale")}
        people.append(row)
    return people


def described(kind: RoundKind) -> dict[str, Any]:
    told = incident().model_dump(mode="json")
    told["narratives"] |= {"correction": {"en": "Wrong."}, "what_is_new": {"en": "New."}}
    if kind is RoundKind.RETRACTION:
        told["scope"] = {"where": [{"column": "key", "until": f"k{PEOPLE // 2:07d}"}]}
    return told


async def give(d: Deployment, name: str, kind: RoundKind) -> None:
    """Leave the command to the workers, as a door does that dies then."""
    stated: dict[str, Any] = {"incident": described(kind), "kind": kind, "of": []}
    stated |= {"and_new": False, "replace_open": False}
    command = CommandGiven(
        command=CommandType.FOLLOW_INCIDENT,
        principal="rosa",
        reason="more is known",
        body=json.dumps(stated),
    )
    event = Event(id=root_id("command", f"{name}/{kind}"), incident=name, payload=command)
    await d.runtime.ledger.submit(event, now=datetime.now(UTC))


async def rows(d: Deployment, round_id: str) -> tuple[Any, ...]:
    """Return a round's audience: its root, and every person and obligation but their digests."""

    def look(db: Any) -> tuple[Any, ...]:
        number = db.execute(select(t.round_.c.n).where(t.round_.c.id == round_id)).scalar_one()
        p, o = t.person.c, t.obligation.c
        persons = select(p.number, p.residence, p.regimes, p.obligations).where(p.round == number)
        owed = select(o.lane, o.seq, o.person, o.recipient, o.cohort, o.obstacle, o.covered_by)
        return (
            [tuple(row) for row in db.execute(persons.order_by(p.number))],
            [
                tuple(row)
                for row in db.execute(owed.where(o.round == number).order_by(o.lane, o.seq))
            ],
            db.execute(select(t.sought.c.digest)).all(),
        )

    found: tuple[Any, ...] = await d.runtime.ledger.ask(look)
    return found


async def resolved(
    folder: Path, kind: RoundKind, *, points: Sequence[CrashPoint], sections: dict[str, Any]
) -> tuple[tuple[Any, ...], Counter[str], int]:
    """Tell people, change the directory, follow with workers that die; return who is in the round.

    Also who is told by it, and how many workers died.
    """
    people = planted(PEOPLE)
    given = SECTIONS | {"policy": POLICY} | sections
    async with deployment(folder, people, **given) as d, Zygote() as zygote:
        name = await d.raised()
        await d.approve(name)
        await d.settle()
        before = told(d.relay)
        await change(d)
        await give(d, name, kind)
        kills = 0
        for point in points:
            worker = await zygote.start(d.folder, d.relay.port, crash=point, **given)
            kills += await worker.ended()
        await (await zygote.start(d.folder, d.relay.port, **given)).ended()
        await d.approve(name)
        await (await zygote.start(d.folder, d.relay.port, **given)).ended()
        round_id = f"{name}/r2"
        coverage = await d.runtime.ledger.ask(reads.coverage, round_id)
        assert coverage.holds
        assert (coverage.open, coverage.in_scope > 0) == (0, True)
        assert not await d.runtime.ledger.ask(reads.dead_events)
        assert (await d.runtime.ledger.ask(verify, d.runtime.ledger.keys)).problems == ()
        return await rows(d, round_id), told(d.relay) - before, kills


async def change(d: Deployment) -> None:
    """Take some out of the directory, and let others come."""
    with closing(sqlite3.connect(d.folder / "people.db")) as db, db:
        db.execute("DELETE FROM people WHERE id LIKE '%9'")
        marks = ", ".join(f":{name}" for name in COLUMNS)
        late = [
            person(n, id=f"k{n:07d}b", email=f"late{n}@mail.example") for n in range(0, 1000, 2)
        ]
        db.executemany(f"INSERT INTO people VALUES ({marks})", late)


def deaths() -> list[CrashPoint]:
    """Return moments of a resolution in which a worker dies, one after the other."""
    return [
        CrashPoint(moment, "resolution.due", last=False, nth=nth)
        for nth in (1, 2)
        for moment in ("before", "after")
    ] * 2


@pytest.mark.parametrize(
    ("kind", "backend"),
    [
        (RoundKind.CORRECTION, "sqlite"),
        (RoundKind.DELTA, "sqlite"),
        (RoundKind.RETRACTION, "sqlite"),
        (RoundKind.CORRECTION, "postgres"),
    ],
)
def test_kills_during_its_resolution_change_neither_its_people_nor_who_is_told(
    tmp_path: Path, kind: RoundKind, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("calm", "killed"):
        (tmp_path / folder).mkdir()

    def sections(folder: str) -> dict[str, Any]:
        if backend == "sqlite":
            return {}
        need_programs()
        return {"ledger": {"url": schema_of(tmp_path / folder)}}

    async def main() -> int:
        calm, expected, none = await resolved(
            tmp_path / "calm", kind, points=(), sections=sections("calm")
        )
        killed, found, kills = await resolved(
            tmp_path / "killed", kind, points=deaths(), sections=sections("killed")
        )
        assert none == 0
        assert killed == calm
        assert killed[-1] == [], "nobody is looked for any more"
        assert found == expected
        return kills

    kills = asyncio.run(main())
    with capsys.disabled():
        print(f"\n  kill -9 while a {kind} is resolved ({backend}): {kills} kills, the same rows")
    assert kills >= 4
