"""PostgreSQL under the ledger: one connection per process, kept alive across lost connections.

A transaction whose connection breaks before COMMIT is done again. When COMMIT was sent and its
answer never came, its fate is looked up: every transaction leaves its number in the row of its
worker (`last_write`), so that nothing is applied twice and nothing is taken for applied that was
not. PostgreSQL 14 or newer; `synchronous_commit` is never off.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from tocsin.ledger.postgres_tables import make_tables
from tocsin.ledger.roster_tables import PAGE, RosterTables
from tocsin.schemas.errors import InvalidInput, Unavailable

T = TypeVar("T")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_MARK = """BEGIN; SET LOCAL statement_timeout = '60s';
INSERT INTO last_write (worker, n, at) VALUES ('{worker}', {n}, clock_timestamp())
ON CONFLICT (worker) DO UPDATE SET n = excluded.n, at = excluded.at"""
_SESSION = (
    "SET client_min_messages = warning",
    """SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'""",
    # a worker that was stopped within a transaction does not hold up the others for longer
    "SET idle_in_transaction_session_timeout = '10s'",
    # nor one whose machine is gone: the server asks after it, as the client asks after the server
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    # a round's tables grow from nothing to millions of rows: a plan made for the first is no good
    "SET plan_cache_mode = force_custom_plan",
    PAGE,
    "LISTEN tocsin_bell",
)
_END_THE_OLD = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()"""
"""What an earlier connection of this worker left behind must not go on in the dark."""
_CONNECTION = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})
"""Shut down, crashed, starting up, idle for too long: the session is over (SQLSTATE)."""
_PASSING = frozenset({"40001", "40P01", "57014"})
"""Serialization failure, deadlock, out of time: nothing was applied, and trying again helps."""


def _engine(url: str, *, name: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"postgresql", "postgres"}:
            raise ArgumentError  # noqa: TRY301  # the same answer as to what is no URL at all
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            use_native_hstore=False,
            hide_parameters=True,
            connect_args=_CONNECTION | {"application_name": name},
        )
    except (ArgumentError, ValueError):
        message = "this is not the address of a PostgreSQL database"
        fix = "write postgresql://user:${PASSWORD}@host/database"
        raise InvalidInput(message, field="ledger.url", fix=fix) from None


class Postgres:
    """A ledger's PostgreSQL schema: the first of the connection's search path."""

    waits = True

    def __init__(self, url: str, *, patience_s: float = 60) -> None:
        """Name the database; `patience_s` is how long one that went away is waited for."""
        self._worker = uuid.uuid4().hex
        self._engine = _engine(url, name=f"tocsin {self._worker}")
        self._patience_s = patience_s
        self._db: Connection | None = None
        self._writes = 0
        self._heard = 0
        self._hurried = False
        self.rosters = RosterTables(self)

    def open(self) -> None:
        """Connect; make the tables when they are not there; delete rosters that should be gone."""
        try:
            self._connect()
            with self._transaction("BEGIN") as db:
                make_tables(db)
        except BaseException:
            self._disconnect()
            raise
        self.rosters.drop_those_over()

    def close(self) -> None:
        """Disconnect."""
        if self._db is not None:
            with suppress(DBAPIError):
                forget = "DELETE FROM last_write WHERE worker = '{}'"
                self._db.exec_driver_sql(forget.format(self._worker))
        self._disconnect()
        self._engine.dispose()

    def read(self, query: Callable[[Connection], T]) -> T:
        """Answer a query in one snapshot."""

        def attempt() -> T:
            with self._transaction(_READ) as db:
                return query(db)

        return self._lasting(attempt)

    def study(self, query: Callable[[Connection], T]) -> T:
        """Answer a query in one snapshot, however long it takes: the server does the work."""
        return self.read(query)

    def write(self, work: Callable[[Connection], T], *, outlasts: bool = True) -> T:
        """Do a piece of work in one durable transaction, exactly once or not at all.

        Always so that it outlasts a power cut: here that is the server's, and workers live on.
        """
        del outlasts
        self._writes += 1
        number, finished = self._writes, list[T]()

        def attempt() -> T:
            if finished and self._was_applied(number):  # only the answer to COMMIT was lost
                return finished[0]
            finished.clear()
            with self._transaction(_MARK.format(worker=self._worker, n=number)) as db:
                finished.append(work(db))
            return finished[0]

        return self._lasting(attempt)

    def seize(self, *, wait: bool) -> bool:
        """Take no lock: the server has its own."""
        del wait
        return True

    def let_go(self) -> None:
        """Have nothing to give back."""

    def hurry(self, *, hurried: bool) -> None:
        """Give up a database that is away at once, instead of waiting for it; or wait again."""
        self._hurried = hurried

    def changes(self) -> int:
        """Return how often other processes rang; reads what the socket holds, asks nothing."""
        if self._db is not None:
            driver = self._driver(self._db)
            try:
                rung = list(driver.notifies(timeout=0))
                self._heard += any(bell.pid != driver.info.backend_pid for bell in rung)
            except psycopg.Error:
                self._disconnect()
                self._heard += 1  # somebody looks, and connects again
        return self._heard

    @property
    def db(self) -> Connection:
        """The connection, within a read or write."""
        if self._db is None:
            message = "the ledger is not connected"
            raise RuntimeError(message)
        return self._db

    # connections that come and go --------------------------------------------------------

    def _connect(self) -> None:
        db = self._engine.connect()
        try:
            for statement in _SESSION:
                db.exec_driver_sql(statement)
            db.exec_driver_sql(_END_THE_OLD)
        except BaseException:
            db.invalidate()
            db.close()
            raise
        self._db = db
        self._heard += 1  # what was rung meanwhile was not heard

    def _disconnect(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            with suppress(DBAPIError, psycopg.Error):
                db.invalidate()
                db.close()

    @staticmethod
    def _driver(db: Connection) -> psycopg.Connection[Any]:
        return cast("psycopg.Connection[Any]", db.connection.driver_connection)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        db = self.db
        driver = self._driver(db)
        try:
            driver.execute(begin, prepare=False)
            yield db
        except BaseException:
            try:
                driver.execute("ROLLBACK", prepare=False)
            except psycopg.Error:
                self._disconnect()
            raise
        driver.execute("COMMIT", prepare=False)

    def _was_applied(self, number: int) -> bool:
        # FOR UPDATE: while the server still works on that COMMIT, this waits for its end
        query = "SELECT n FROM last_write WHERE worker = '{}' FOR UPDATE"
        return self.db.exec_driver_sql(query.format(self._worker)).scalar() == number

    def _lasting(self, attempt: Callable[[], T]) -> T:
        """Try until it is done; connect again where the connection was lost."""
        until, pause = time.monotonic() + self._patience_s, _FIRST_PAUSE_S
        while True:
            reached = self._db is not None
            try:
                if not reached:
                    self._connect()
                    reached = True
                return attempt()
            except (DBAPIError, psycopg.Error) as error:
                state = _state_of(error)
                if self._is_lost(state):
                    self._disconnect()
                elif state not in _PASSING:
                    raise
                # in a hurry too, a broken connection is renewed once, and a deadlock tried again
                if time.monotonic() >= until or (self._hurried and not reached):
                    message = f"the ledger's database cannot be reached ({state or 'no answer'})"
                    fix = "start it; work goes on where it stopped"
                    raise Unavailable(message, field="ledger.url", fix=fix) from None
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _is_lost(self, state: str) -> bool:
        if self._db is None or state in _LOST or state.startswith("08"):
            return True
        return self._db.invalidated or self._driver(self._db).closed


def _state_of(error: DBAPIError | psycopg.Error) -> str:
    """Return the SQLSTATE (PostgreSQL, appendix A); empty where the server said nothing."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return getattr(said, "sqlstate", None) or ""
