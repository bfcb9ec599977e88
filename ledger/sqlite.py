"""SQLite under the ledger: one connection per process, WAL, synchronous=FULL.

Every write transaction of every process takes flock(<db>.lock) first: waiting in the kernel's fair
queue gave other writers a p99 of 8-13 ms, where busy_timeout gave 130-530 ms.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine, select
from tocsin.ledger import tables
from tocsin.ledger.backend import OVER
from tocsin.ledger.roster import Rosters

T = TypeVar("T")
_CACHE_KIB = 1024
"""Of pages of the ledger, in each process: 8 MiB were not quicker, as the system has them too."""
_STUDIED_KIB = 256
"""Of pages that are read from first to last, and not again."""
_APPEND_ONLY = """CREATE TRIGGER IF NOT EXISTS {name}_{verb} BEFORE {verb} ON {name}
BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"""


def _engine(path: Path) -> Engine:
    return create_engine(
        f"sqlite:///{path}",
        poolclass=StaticPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"check_same_thread": False, "timeout": 30},
    )


class Sqlite:
    """A ledger's SQLite file, and its rosters in files of their own."""

    waits = False

    def __init__(self, path: Path, rosters: Rosters) -> None:
        """Name the files; nothing is opened yet."""
        self.path = path
        self.rosters = rosters
        self._db: Connection | None = None
        self._lock = -1
        self._outlasts = True

    def open(self) -> None:
        """Connect; make the tables when they are not there; delete rosters that should be gone."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        with self._alone():
            self._db = _engine(self.path).connect()
            for pragma in ("journal_mode=WAL", "synchronous=FULL", f"cache_size=-{_CACHE_KIB}"):
                self._db.exec_driver_sql(f"PRAGMA {pragma}")
            tables.METADATA.create_all(self._db)
            for table in tables.APPEND_ONLY_TABLES:
                for verb in ("UPDATE", "DELETE"):
                    self._db.exec_driver_sql(_APPEND_ONLY.format(name=table.name, verb=verb))
            over = select(tables.round_.c.id).where(tables.round_.c.state.in_(OVER))
            for round_id in self._db.execute(over).scalars():
                self.rosters.drop(round_id)  # whoever ended it may have died before this

    def close(self) -> None:
        """Close the ledger's file and the rosters."""
        self.rosters.close()
        if self._db is not None:
            self._db.close()
            self._db.engine.dispose()
        os.close(self._lock)

    def read(self, query: Callable[[Connection], T]) -> T:
        """Answer a query."""
        return query(self._connection())

    def study(self, query: Callable[[Connection], T]) -> T:
        """Answer a query through a connection of its own: what is written meanwhile is not seen."""
        engine = _engine(self.path)
        try:
            with engine.connect() as db:
                db.exec_driver_sql(f"PRAGMA cache_size=-{_STUDIED_KIB}")
                db.exec_driver_sql("BEGIN")
                try:
                    return query(db)
                finally:
                    db.exec_driver_sql("ROLLBACK")
        finally:
            engine.dispose()

    def write(self, work: Callable[[Connection], T], *, outlasts: bool = True) -> T:
        """Do a piece of work in one transaction; whoever calls this has the lock.

        Without `outlasts` nobody waits for the disk: until the next write that does, a power cut
        undoes it, which ends all workers as well. A killed process undoes nothing.
        """
        db = self._connection()
        driver: Any = db.connection.driver_connection
        if outlasts != self._outlasts:
            driver.execute(f"PRAGMA synchronous={'FULL' if outlasts else 'NORMAL'}")
            self._outlasts = outlasts
        driver.execute("BEGIN IMMEDIATE")
        try:
            result = work(db)
        except BaseException:
            driver.execute("ROLLBACK")
            raise
        driver.execute("COMMIT")
        return result

    def seize(self, *, wait: bool) -> bool:
        """Take the lock that every process takes before it writes; False where another has it."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def let_go(self) -> None:
        """Give the lock back."""
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def hurry(self, *, hurried: bool) -> None:
        """Nothing is waited for here but the lock of another process's short write."""

    def changes(self) -> int:
        """Return PRAGMA data_version: it changes when another connection commits."""
        driver: Any = self._connection().connection.driver_connection
        return int(driver.execute("PRAGMA data_version").fetchone()[0])

    def _connection(self) -> Connection:
        if self._db is None:
            message = "the ledger is not open"
            raise RuntimeError(message)
        return self._db

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.seize(wait=True)
        try:
            yield
        finally:
            self.let_go()
