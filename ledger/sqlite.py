"""The ledger on SQLite: one connection and one thread per process, WAL, synchronous=FULL.

Every write transaction of every process takes flock(<db>.lock) first: waiting in the kernel's fair
queue gave other writers a p99 of 8-13 ms, where busy_timeout gave 130-530 ms.
"""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine, select, update
from sqlalchemy.dialects.sqlite import insert
from tocsin.ledger import queue, tables
from tocsin.ledger.apply import APPLY, Application
from tocsin.ledger.chain import GENESIS, SYSTEM, forge
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.roster import Rosters
from tocsin.schemas.canonical import instant
from tocsin.schemas.commit import Commit, DropRoster, Fact, FactKind, Roster, Write
from tocsin.schemas.event import Claimed, Event, RoundEmptied
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.lease import Order

T = TypeVar("T")
_OVER = ("stopped", "closed")
"""States of a round to which nobody is told any more."""
_APPEND_ONLY = """CREATE TRIGGER IF NOT EXISTS {name}_{verb} BEFORE {verb} ON {name}
BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"""


class Fenced(Exception):  # not an error: another worker holds the event now
    """The event was taken over: stop at once and drop connections."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A Commit was applied; what the round's operator wants now."""

    order: Order


def _engine(path: Path) -> Engine:
    return create_engine(
        f"sqlite:///{path}",
        poolclass=StaticPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"check_same_thread": False, "timeout": 30},
    )


class SqliteLedger:
    """The ledger of one deployment. Use `await SqliteLedger.open(...)` and `await close()`."""

    def __init__(self, path: Path, *, keys: KeyRing, rosters: Rosters) -> None:
        """Name the parts; nothing is opened yet."""
        self.path = path
        self.keys = keys
        self.rosters = rosters
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._db: Connection | None = None
        self._lock = -1

    @classmethod
    async def open(cls, path: Path, *, keys: KeyRing, rosters: Rosters) -> Self:
        """Open the ledger, making its tables when it is new."""
        ledger = cls(path, keys=keys, rosters=rosters)
        await ledger.run(lambda: ledger._open())  # noqa: PLW0108
        return ledger

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self._db = _engine(self.path).connect()
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-16384"):
                self._db.exec_driver_sql(f"PRAGMA {pragma}")
            tables.METADATA.create_all(self._db)
            for table in tables.FACT_TABLES:
                for verb in ("UPDATE", "DELETE"):
                    self._db.exec_driver_sql(_APPEND_ONLY.format(name=table.name, verb=verb))
            over = select(tables.round_.c.id).where(tables.round_.c.state.in_(_OVER))
            for round_id in self._db.execute(over).scalars():
                self.rosters.drop(round_id)  # whoever ended it may have died before this
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    async def close(self) -> None:
        """Close the ledger and its rosters."""
        await self.run(self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        self.rosters.close()
        if self._db is not None:
            self._db.close()
            self._db.engine.dispose()
        os.close(self._lock)

    async def run(self, work: Callable[[], T]) -> T:
        """Do one piece of work in the ledger's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def ask(self, query: Callable[..., T], *args: Any, **named: Any) -> T:
        """Answer a query of `reads` or `audience`."""
        return await self.run(lambda: query(self.db, *args, **named))

    @property
    def db(self) -> Connection:
        """The connection; only in the ledger's thread."""
        if self._db is None:
            message = "the ledger is not open"
            raise RuntimeError(message)
        return self._db

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction under the lock; only in the ledger's thread."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self.db.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.exec_driver_sql("ROLLBACK")
                raise
            self.db.exec_driver_sql("COMMIT")
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    # the event table ---------------------------------------------------------------------

    async def claim(
        self,
        *,
        now: datetime,
        lease_s: float,
        max_weight: int | None = None,
        max_tries: int = 16,
        only: str | None = None,
    ) -> Claimed | None:
        """Claim the next due event, or the one named; also frees expired leases."""
        now_us = _us(now)

        def work() -> Claimed | None:
            if not queue.has_due(self.db, now_us=now_us, max_weight=max_weight):
                return None
            with self.transaction() as db:
                for event_id, incident, kind in queue.sweep(db, max_tries=max_tries):
                    text = f"{kind} gave up after {max_tries} claims without progress"
                    self._append(db, incident, now, "sweep", [_dead_alarm(event_id, text)])
                return queue.claim(
                    db, now_us=now_us, max_weight=max_weight, lease_us=_us_of(lease_s), only=only
                )

        return await self.run(work)

    async def commit(
        self, claimed: Claimed, commit: Commit, *, now: datetime, lease_s: float
    ) -> Applied:
        """Apply one Commit of a claimed event in one fenced transaction; raise Fenced if taken."""
        event = claimed.event
        about = " ".join((event.payload.type, event.round or event.incident, event.id))

        def work() -> Applied:
            with self.transaction() as db:
                if not queue.renew(
                    db,
                    claimed,
                    lease_us=_us_of(lease_s),
                    checkpoint=commit.checkpoint,
                    done=commit.done,
                ):
                    raise Fenced
                for write in commit.writes:
                    if isinstance(write, Roster) and not self._is_over(db, write.round):
                        self.rosters.put(write)
                self._append(db, event.incident, now, about, commit.writes)
                queue.insert_events(db, tuple(commit.events), now_us=_us(now))
                order = self._order(db, event.round)
            for write in commit.writes:
                if isinstance(write, DropRoster):
                    self.rosters.drop(write.round)
            return Applied(order)

        return await self.run(work)

    async def beat(self, claimed: Claimed, *, lease_s: float) -> Applied:
        """Renew the lease of an event whose handler still waits; raise Fenced if it was taken.

        No progress: the claims in vain are still counted.
        """

        def work() -> Applied:
            with self.transaction() as db:
                if not queue.renew(db, claimed, lease_us=_us_of(lease_s), progress=False):
                    raise Fenced
                return Applied(self._order(db, claimed.event.round))

        return await self.run(work)

    def _state(self, db: Connection, round_id: str) -> str | None:
        query = select(tables.round_.c.state).where(tables.round_.c.id == round_id)
        return db.execute(query).scalar()

    def _is_over(self, db: Connection, round_id: str) -> bool:
        return self._state(db, round_id) in _OVER

    def _order(self, db: Connection, round_id: str) -> Order:
        state = self._state(db, round_id) if round_id else None
        if state == "paused":
            return Order.PAUSE
        return Order.STOP if state in _OVER else Order.GO

    def _append(
        self, db: Connection, incident: str, now: datetime, about: str, writes: Sequence[Write]
    ) -> None:
        """Apply writes and bind their facts into the incident's chain."""
        if not writes:
            return
        head = db.execute(select(tables.head).where(tables.head.c.incident == incident)).first()
        n, previous = (head.n + 1, head.hash) if head else (0, GENESIS)
        do = Application(db, incident, instant(now), n)
        for write in writes:
            APPLY[type(write)](do, write)
        for round_id in sorted(do.emptied):
            emptied = Event(
                id=root_id("round-emptied", round_id),
                incident=incident,
                round=round_id,
                payload=RoundEmptied(round=round_id),
            )
            queue.insert_events(db, (emptied,), now_us=_us(now))
        if not do.leaves:
            return
        link = forge(
            incident=incident,
            n=n,
            at=do.at,
            about=about,
            leaves=do.leaves,
            previous=previous,
            signer=self.keys,
        )
        db.execute(tables.link.insert().values(**link._asdict()))
        values = {"incident": incident, "n": n, "hash": link.hash}
        db.execute(
            insert(tables.head)
            .values(values)
            .on_conflict_do_update(index_elements=["incident"], set_={"n": n, "hash": link.hash})
        )

    async def release(
        self, claimed: Claimed, *, now: datetime, after_s: float = 0, error: str = "", dead: bool
    ) -> None:
        """Give an event back, to be claimed again after `after_s`, or as dead with an alarm."""
        due = _us(now) + _us_of(after_s) if error else None

        def work() -> None:
            with self.transaction() as db:
                held = queue.release(db, claimed, due_us=due, error=error, dead=dead)
                if held and dead:
                    text = f"{claimed.event.payload.type} gave up: {error}"
                    alarm = _dead_alarm(claimed.event.id, text)
                    self._append(db, claimed.event.incident, now, "dead", [alarm])

        await self.run(work)

    async def submit(self, event: Event, *, now: datetime, writes: Sequence[Write] = ()) -> bool:
        """Insert an event from outside with its facts; False when its id stands already."""

        def work() -> bool:
            with self.transaction() as db:
                query = select(tables.event.c.id).where(tables.event.c.id == event.id)
                if db.execute(query).first() is not None:
                    return False
                queue.insert_events(db, (event,), now_us=_us(now))
                self._append(db, event.incident, now, event.payload.type, writes)
                return True

        return await self.run(work)

    async def record(self, writes: Sequence[Write], *, now: datetime, about: str) -> None:
        """Append facts to the system's own chain."""

        def work() -> None:
            with self.transaction() as db:
                self._append(db, SYSTEM, now, about, writes)

        await self.run(work)

    async def replay(self, event_id: str, *, now: datetime) -> bool:
        """Take a dead event up again; False when there is no such dead event."""

        def work() -> bool:
            with self.transaction() as db:
                e = tables.event.c
                result = db.execute(
                    update(tables.event)
                    .where(e.id == event_id, e.state == "dead")
                    .values(state="waiting", due=_us(now), tries=0, error="")
                )
                return bool(result.rowcount)

        return await self.run(work)

    async def changes(self) -> int:
        """Return a number that changes when another process commits (PRAGMA data_version)."""
        return await self.run(
            lambda: int(self.db.exec_driver_sql("PRAGMA data_version").scalar_one())
        )

    async def has_due(self, *, now: datetime) -> bool:
        """Whether an event waits to be claimed now, or a lease has run out."""
        return await self.run(lambda: queue.has_due(self.db, now_us=_us(now), max_weight=None))


def _dead_alarm(event_id: str, text: str) -> Fact:
    return Fact(FactKind.ALARM, f"dead:{event_id}", {"text": text, "event": event_id})


def _us(now: datetime) -> int:
    return int(now.timestamp() * queue.MICROSECONDS)


def _us_of(seconds: float) -> int:
    return int(seconds * queue.MICROSECONDS)
