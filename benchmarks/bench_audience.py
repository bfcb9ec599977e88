"""Resolution: how fast people become a frozen audience, and how soon approvals apply meanwhile.

    python benchmarks/bench_audience.py --people 2000000 --directory postgres --workers 2

The people stand in a PostgreSQL table (a server of its own), a Parquet file or an SQLite table: six
residences, two languages, thirty mailbox providers, some with a leaked password and some without.
One in fifty shares the address of another, one in a hundred has no address and one in a hundred has
none that can be used. The clock runs from the raise to the frozen audience. The index of a Parquet
file is made before, by the first raise at all, whose seconds are printed too.

Meanwhile small incidents that were raised before are approved, one every 2 s or more, and told
to an smtp-sink. Each takes from the command to its answer, which says that it was applied.

CPU seconds and the highest resident memory are those of the workers, the small incidents included.
What the ledger grew by, rosters included, is divided by the people. Unless the audience is as it
was planted, the run fails. Prints one JSON line.
"""

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from csv import writer
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from tocsin.ledger import reads
from tocsin.rules.lanes import MAILBOX_PROVIDERS
from tocsin.schemas.audience import SHARED_LANE, UNADDRESSABLE_LANE
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.views import RoundView

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.crew import Crew, crew
from fakes.deployment import incident
from fakes.directories import as_parquet
from fakes.postgres import Server
from fakes.sinks import sink

COLUMNS = {
    "id": "TEXT",
    "email": "TEXT",
    "country": "TEXT",
    "locale": "TEXT",
    "system": "TEXT",
    "has_password": "INTEGER",
    "agreed": "INTEGER",
}
PLACES = (
    *(("DE", "en"), ("FR", "en"), ("US-CA", "en")),
    *(("DE", "en"), ("US-TX", "en"), ("CN", "zh-CN"), ("US-NY", "en")),
)
_ONE_OF_EACH = {lane: domain for domain, lane in reversed([*MAILBOX_PROVIDERS.items()])}
DOMAINS = (*[*_ONE_OF_EACH.values()][-29:], "mail.example")
SHARES, MISSING, MALFORMED = 1, 7, 57
PLAIN: dict[str, Any] = {
    "guardian_key": None,
    "birth_date": None,
    "cancelled": None,
    "cancelled_values": [],
    "agreed": {"email": "agreed"},
}
REGIMES = ("CN-PIPL", "EU-GDPR", "US-CA", "US-NY", "US-TX")
LEAST_PAUSE_S, MOST_APPROVALS, PEOPLE_PER_APPROVAL = 2.0, 100, 25_000
LOOK_S, ASSUMED_PER_S = 0.02, 7_000


class Planted(NamedTuple):
    """Who is in the audience, by how it is to end for them."""

    in_scope: int
    shared: int
    without_contact: int

    @classmethod
    def of(cls, people: int) -> "Planted":
        """Count what `rows` plants."""
        missing = sum(len(range(rest, people, 100)) for rest in (MISSING, MALFORMED))
        return cls(people, len(range(SHARES, people, 50)), missing)

    @classmethod
    def found(cls, view: RoundView) -> "Planted":
        """Read what a round froze."""
        assert view.counts is not None  # noqa: S101  # the audience is frozen
        lanes = view.counts.by_lane
        return cls(view.in_scope or 0, lanes.get(SHARED_LANE, 0), lanes.get(UNADDRESSABLE_LANE, 0))


def rows(people: int, smalls: int) -> Iterator[tuple[str | int | None, ...]]:
    """Yield the people of the large incident, then one person for each small one."""
    for n in range(people):
        same = n - 1 if n % 50 == SHARES else n
        email: str | None = f"person{same}@{DOMAINS[same % len(DOMAINS)]}"
        if n % 100 in {MISSING, MALFORMED}:
            email = None if n % 100 == MISSING else f"person{n} at home"
        yield f"k{n:09d}", email, *PLACES[same % len(PLACES)], "shop", same % 2, 1
    for n in range(smalls):
        yield f"s{n:09d}", f"small{n}@mail.example", "DE", "en", f"small-{n}", 1, 1


def in_sqlite(folder: Path, people: int, smalls: int, stack: ExitStack) -> str:
    """Fill an SQLite table; return its address."""
    del stack
    path = folder / "people.db"
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"CREATE TABLE people ({columns}, PRIMARY KEY (id))")
        db.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?)", rows(people, smalls))
    return f"sqlite:///{path}"


def in_parquet(folder: Path, people: int, smalls: int, stack: ExitStack) -> str:
    """Write a Parquet file; return its address."""
    del stack
    path = folder / "people.parquet"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer(file).writerows([tuple(COLUMNS), *rows(people, smalls)])
    as_parquet(path, {"has_password": "BIGINT", "agreed": "BIGINT"})
    return path.as_uri()


def in_postgres(folder: Path, people: int, smalls: int, stack: ExitStack) -> str:
    """Fill a table of a PostgreSQL server that runs until the end; return its address."""
    del folder
    server = stack.enter_context(Server())
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with psycopg.connect(server.url, autocommit=True) as db:
        db.execute(f"CREATE TABLE people ({columns}, PRIMARY KEY (id))")
        with db.cursor() as cursor, cursor.copy("COPY people FROM STDIN") as copy:
            for row in rows(people, smalls):
                copy.write_row(row)
        db.execute("VACUUM ANALYZE people")
    return server.url


DIRECTORIES = {"postgres": in_postgres, "parquet": in_parquet, "sqlite": in_sqlite}


def octets(folder: Path, url: str | None) -> int:
    """Return how large the ledger is."""
    if url is not None:
        with psycopg.connect(url) as db:
            found = db.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(found[0]) if found else 0
    with closing(sqlite3.connect(folder / "ledger.db")) as db:
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
    files = (folder / "ledger.db", *(folder / "rosters").rglob("*"))
    return sum(path.stat().st_size for path in files if not path.name.endswith(("-wal", "-shm")))


async def approve_in_turn(c: Crew, smalls: Sequence[str], pause_s: float) -> list[float]:
    """Approve small incidents until there are no more, or until cancelled; return the times."""
    took: list[float] = []
    with suppress(asyncio.CancelledError):
        for name in smalls:
            start = time.monotonic()
            await c.approve(name)
            took.append((time.monotonic() - start) * 1000)
            await asyncio.sleep(max(0.0, pause_s - took[-1] / 1000))
    return took


async def frozen(c: Crew, name: str) -> RoundView:
    """Wait until the audience of an incident's first round is frozen."""
    while True:
        views = await c.runtime.ledger.ask(reads.rounds, name)
        if views and views[0].counts is not None:
            return views[0]
        await asyncio.sleep(LOOK_S)


def part(found: Sequence[float], share: float) -> float | None:
    """Return the time within which a share of the approvals was applied."""
    ordered = sorted(found)
    return round(ordered[min(len(found) - 1, int(len(found) * share))], 1) if found else None


def today(where: str) -> IncidentFile:
    """Return an incident of which the organisation became aware now: nothing of it is late."""
    facts = incident().facts.model_dump(mode="json", exclude_unset=True)
    scope = {"where": [{"column": "system", "equals": where}]}
    return incident(facts=facts | {"aware": datetime.now(UTC).isoformat()}, scope=scope)


async def measured(c: Crew, people: int, smalls: int, url: str | None) -> dict[str, object]:
    """Resolve once, approving meanwhile; return the figures."""
    door = c.runtime.door
    start = time.monotonic()
    waiting = [await door.raise_incident(c.raiser, today("small-0"), drill=False)]
    first_raise_s = time.monotonic() - start
    waiting += [
        await door.raise_incident(c.raiser, today(f"small-{n}"), drill=False)
        for n in range(1, smalls)
    ]
    for small in waiting:
        await c.rested(small)
    size, cpu_s, start = octets(c.folder, url), c.cpu_s(), time.monotonic()
    pause_s = max(LEAST_PAUSE_S, people / ASSUMED_PER_S / smalls)
    async with asyncio.TaskGroup() as group:
        approvals = group.create_task(approve_in_turn(c, waiting, pause_s))
        name = await door.raise_incident(c.raiser, today("shop"), drill=False)
        view = await frozen(c, name)
        seconds, cpu_s = time.monotonic() - start, c.cpu_s() - cpu_s
        approvals.cancel()
    found, planted = Planted.found(view), Planted.of(people)
    if found != planted:
        sys.exit(f"the audience is not as planted: {found}, not {planted}")
    took = approvals.result()
    return {
        "people_per_s": round(people / seconds),
        "first_raise_s": round(first_raise_s, 2),
        "cpu_s_per_1000": round(cpu_s * 1000 / people, 4),
        "ledger_octets_per_person": round((octets(c.folder, url) - size) / people),
        "peak_mb": max(worker.peak_mb() for worker in c.workers),
        "approvals": len(took),
        "approval_p50_ms": part(took, 0.5),
        "approval_p99_ms": part(took, 0.99),
    }


async def main(people: int, directory: str, workers: int, ledger: str) -> None:
    """Make the directory, and resolve it once."""
    smalls = max(1, min(MOST_APPROVALS, people // PEOPLE_PER_APPROVAL))
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        address = DIRECTORIES[directory](folder, people, smalls, stack)
        url = stack.enter_context(Server()).url if ledger == "postgres" else None
        sections: dict[str, Any] = {
            "directory": PLAIN | {"url": address},
            "law": {"regimes": REGIMES},
            "delivery": {"flush": 500, "lease_s": 30},
            "policy": {"max_missing_share_percent": 100},
        }
        sections |= {"ledger": {"url": url}} if url is not None else {}
        async with (
            sink() as port,
            crew(folder, "embedded", port=port, workers=workers, **sections) as c,
        ):
            figures = await measured(c, people, smalls, url)
    told = {"bench": "audience", "directory": directory, "ledger": ledger}
    print(json.dumps(told | {"people": people, "workers": workers} | figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2_000_000)
    parser.add_argument("--directory", choices=tuple(DIRECTORIES), default="postgres")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ledger", choices=("sqlite", "postgres"), default="sqlite")
    chosen = parser.parse_args()
    asyncio.run(main(chosen.people, chosen.directory, chosen.workers, chosen.ledger))
