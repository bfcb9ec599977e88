"""Open an organisation's database so that it can only be read."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import QueuePool
from tocsin.schemas.errors import InvalidInput, TocsinError, Unavailable

_BUSY_S = 30
_CACHE_KIB = 1024
"""Of pages, in each of several connections; people are read in the order of their keys."""
_DISTRIBUTIONS = {"psycopg": "'tocsin[postgres]'"}
_URL_FIX = "write sqlite:///people.db, or another SQLAlchemy URL"


def open_for_reading(url: str | URL) -> sa.Engine:
    """Return an engine that never writes; nothing is connected yet.

    SQLite is opened with `mode=ro`: a wrong path is an error, never a new, empty directory that
    touches nobody. PostgreSQL reads in read-only transactions of one snapshot.
    """
    try:
        parsed = make_url(url)
        dialect = parsed.get_backend_name()
        if dialect == "sqlite":
            return _sqlite(parsed)
        if dialect == "postgresql" and "+" not in parsed.drivername:
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(parsed, hide_parameters=True, pool_pre_ping=True)
    except (sa.exc.ArgumentError, ValueError):
        message = "this is not the address of a database"
        raise InvalidInput(message, field="directory.url", fix=_URL_FIX) from None
    except ImportError as error:
        message = f"the driver of this kind of database is not installed ({error.name})"
        fix = f"pip install {_DISTRIBUTIONS.get(error.name or '', error.name)}"
        raise InvalidInput(message, field="directory.url", fix=fix) from None
    if dialect == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine


def _sqlite(url: URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        message = "a directory in memory holds nobody"
        raise InvalidInput(message, field="directory.url", fix=_URL_FIX)
    path = Path(url.database)

    def connect() -> sqlite3.Connection:
        if not path.is_file():
            message = f"there is no directory file {path.name!r}"
            fix = "check the path; it is relative to where the command runs"
            raise InvalidInput(message, field="directory.url", fix=fix)
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=_BUSY_S,
            isolation_level=None,
            check_same_thread=False,  # one thread at a time, not always the same
        )
        db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        return db

    engine = sa.create_engine(url, creator=connect, poolclass=QueuePool, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def _one_snapshot(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


@contextmanager
def reading() -> Iterator[None]:
    """Translate what a database says into errors that quote neither rows nor parameters."""
    try:
        yield
    except TocsinError:
        raise
    except sa.exc.DBAPIError as error:
        said = str(error.orig)
        if "not a database" in said:
            message = "the file is not a SQLite database"
            fix = "give the path of the database; a CSV file is imported first"
            raise InvalidInput(message, field="directory.url", fix=fix) from None
        message = f"the directory cannot be read ({type(error.orig).__name__})"
        fix = "check that the database runs and that its user may read the table, then try again"
        raise Unavailable(message, field="directory.url", fix=fix) from None
