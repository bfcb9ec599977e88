"""Ledgers that a test opens, fills with small rounds, and changes behind their back."""

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError
from tocsin.ledger import reads
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.ledger import Ledger
from tocsin.ledger.postgres import Postgres
from tocsin.ledger.roster import Rosters
from tocsin.ledger.sqlite import Sqlite
from tocsin.schemas.audience import AudienceCounts, ObligationRow, PersonRow
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import (
    Commit,
    Fact,
    FactKind,
    FreezeRound,
    Obligations,
    OpenIncident,
    OpenRound,
    OutcomeRow,
    Persons,
    Transition,
    Write,
)
from tocsin.schemas.event import BatchDue, Claimed, Event, Payload, PlanningDue
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.outcome import Reason, Result

from fakes.postgres import schema_of

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LANE = "other"


async def sqlite(folder: Path) -> Ledger:
    backend = Sqlite(folder / "ledger.db", Rosters(folder / "rosters"))
    return await Ledger.open(backend, keys=KeyRing(folder / "keys"))


async def postgres(folder: Path) -> Ledger:
    backend = Postgres(schema_of(folder))
    return await Ledger.open(backend, keys=KeyRing(folder / "keys"))


BACKENDS: Mapping[str, Callable[[Path], Awaitable[Any]]] = {"sqlite": sqlite, "postgres": postgres}
"""Name -> how a ledger is opened in a folder, twice if wanted. Each passes the whole contract."""
REFUSED = (DBAPIError, sqlite3.IntegrityError, psycopg.IntegrityError)
"""What the database says to rows that may not stand: through SQLAlchemy, or from the driver."""


Opener = Callable[[Path], AbstractAsyncContextManager[Any]]


@asynccontextmanager
async def ledger_in(folder: Path, backend: str = "sqlite") -> AsyncIterator[Any]:
    ledger = await BACKENDS[backend](folder)
    try:
        yield ledger
    finally:
        await ledger.close()


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a test to its end, and never longer than it should take."""

    async def bounded() -> None:
        async with asyncio.timeout(20):
            await main

    asyncio.run(bounded())


def event(
    name: str,
    incident: str = "INC-1",
    *,
    round_id: str = "",
    payload: Payload | None = None,
    weight: int = 1,
    due_s: float | None = None,
) -> Event:
    """Return an event of which only its place in the queue matters."""
    return Event(
        id=root_id("test", f"{incident}/{name}"),
        incident=incident,
        round=round_id,
        payload=payload or PlanningDue(round=round_id or f"{incident}/{name}"),
        due=None if due_s is None else NOW + timedelta(seconds=due_s),
        weight=weight,
    )


def batch(round_id: str, count: int, **fields: Any) -> BatchDue:
    given = {"rung": 0, "lane": LANE, "channel": Channel.EMAIL, "count": count} | fields
    return BatchDue(round=round_id, **given)


def people(
    recipients: Sequence[Sequence[str]],
) -> tuple[tuple[PersonRow, ...], tuple[ObligationRow, ...]]:
    """Return persons with an obligation per recipient each, all in one lane."""
    persons: list[PersonRow] = []
    obligations: list[ObligationRow] = []
    for number, kinds in enumerate(recipients):
        persons.append(PersonRow(number, f"{number:064x}", "DE", "EU-GDPR", len(kinds)))
        for kind in kinds:
            seq = len(obligations)
            obligations.append(ObligationRow(LANE, seq, number, kind, 0, f"{seq:064x}", "", ""))
    return tuple(persons), tuple(obligations)


def audience_root(persons: Iterable[PersonRow], obligations: Iterable[ObligationRow]) -> str:
    """Return the audience root of some rows, by its definition alone."""
    kinds = (sorted(persons), sorted(obligations, key=lambda row: (row.lane, row.seq)))
    digests = b""
    for rows in kinds:
        for start in range(0, len(rows), 500):
            block = json.dumps(rows[start : start + 500], separators=(",", ":"))
            digests += hashlib.sha256(b"\0" + block.encode()).digest()
    return hashlib.sha256(b"\1" + digests).hexdigest()


def outcome(
    seq: int,
    result: Result = Result.ACCEPTED,
    *,
    person: int | None = None,
    rung: int = 0,
    attempt: int = 0,
    reason: Reason = Reason.NONE,
) -> OutcomeRow:
    """Return the outcome of an obligation; without `person`, of the person of the same number."""
    return OutcomeRow(
        lane=LANE,
        seq=seq,
        rung=rung,
        attempt=attempt,
        channel="email",
        result=result.value,
        level="accepted" if result is Result.ACCEPTED else "",
        reason=reason.value,
        ref="",
        person=seq if person is None else person,
    )


def opening(
    incident: str, recipients: Sequence[Sequence[str]], *, round_number: int = 1
) -> list[Write]:
    """Return the writes that open an incident whose round is frozen and being sent."""
    round_id = f"{incident}/r{round_number}"
    persons, obligations = people(recipients)
    counts = AudienceCounts(
        persons=len(persons),
        obligations=len(obligations),
        by_lane={LANE: len(obligations)},
        by_cohort={0: len(obligations)},
        by_residence={"DE": len(persons)},
        by_obstacle={},
        defaulted_residence=0,
        defaulted_locale=0,
    )
    freeze = FreezeRound(round_id, len(persons), audience_root(persons, obligations), counts)
    return [
        OpenIncident("Stolen data", "example", drill=False, raised_by="rosa", revision=1),
        OpenRound(round_id, 1, "initial"),
        Persons(round_id, persons),
        Obligations(round_id, obligations),
        freeze,
        Transition("round", round_id, "sending", "ada", "dispatched"),
    ]


async def opened(
    ledger: Any, incident: str = "INC-1", *, recipients: Sequence[Sequence[str]] = (("self",),) * 5
) -> Event:
    """Open an incident with a round that is being sent; return an event of it that waits."""
    round_id = f"{incident}/r1"
    waiting = event("batch", incident, round_id=round_id, payload=batch(round_id, len(recipients)))
    await ledger.submit(waiting, now=NOW, writes=opening(incident, recipients))
    return waiting


async def claim(ledger: Any, *, lease_s: float = 30, **fields: Any) -> Claimed | None:
    found: Claimed | None = await ledger.claim(now=NOW, lease_s=lease_s, **fields)
    return found


async def claimed(ledger: Any, **fields: Any) -> Claimed:
    found = await claim(ledger, **fields)
    assert found is not None, "nothing could be claimed"
    return found


def alarm(name: str) -> Fact:
    """Return a fact that a test recognises; nobody is rung for it."""
    return Fact(FactKind.ALARM, name, {"text": name, "silent": True})


async def ringing(ledger: Any, name: str) -> Claimed:
    """Take the event that rings an alarm, and be done with it."""
    held = await claimed(ledger)
    assert held.event.payload.type == "alarm.due"
    assert held.event.payload.alarm == name
    await apply(ledger, held, Commit(done=True))
    return held


async def apply(ledger: Any, held: Claimed, commit: Commit, *, lease_s: float = 30) -> Any:
    return await ledger.commit(held, commit, now=NOW, lease_s=lease_s)


async def submit(ledger: Any, *events: Event, writes: Sequence[Write] = ()) -> bool:
    """Insert events from outside; return whether the last of them was new."""
    fresh = [bool(await ledger.submit(e, now=NOW, writes=writes)) for e in events]
    return fresh[-1]


async def alarms(ledger: Any) -> list[str]:
    return [found.name for found in await ledger.ask(reads.alarms)]


def behind(path: Path, *statements: str) -> None:
    """Change an SQLite ledger as an intruder would: without its triggers and without its chain."""
    with closing(sqlite3.connect(path)) as db, db:
        for name in ("fact", "person", "obligation", "outcome", "link", "code_range"):
            for verb in ("UPDATE", "DELETE"):
                db.execute(f"DROP TRIGGER IF EXISTS {name}_{verb}")
        for statement in statements:
            done = db.execute(statement)
            assert done.rowcount, "the intruder found nothing to change"
