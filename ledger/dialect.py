"""What SQLite and PostgreSQL say in different words, and the ledger says once.

Locks need no word here: `FOR UPDATE` is left out of statements for SQLite, where the write lock of
the whole database stands for it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles

_POSTGRESQL = "postgresql"


class DatabaseTime(ColumnElement[int]):
    """The database's clock, in microseconds since 1970; it goes on within a transaction."""

    inherit_cache = True
    type = BigInteger()


@compiles(DatabaseTime, "sqlite")
def _sqlite_time(_element: DatabaseTime, _compiler: Any, **_: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(DatabaseTime, _POSTGRESQL)
def _postgresql_time(_element: DatabaseTime, _compiler: Any, **_: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"


DB_NOW: ColumnElement[int] = DatabaseTime()


def insert(db: Connection, table: Table) -> Any:
    """Return an INSERT that can say ON CONFLICT."""
    if db.dialect.name == _POSTGRESQL:
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # 15 MB that SQLite spares

        return postgresql.insert(table)
    return sqlite.insert(table)


def append_rows(db: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Append many rows, each with all columns of the table, in the driver's bulk form."""
    driver: Any = db.connection.driver_connection
    if db.dialect.name == _POSTGRESQL:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(table.columns))
    driver.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # noqa: S608


def leads(db: Connection) -> bool:
    """Whether this transaction sweeps: one worker does, the others need not wait for it."""
    if db.dialect.name != _POSTGRESQL:
        return True
    query = "SELECT pg_try_advisory_xact_lock(hashtext('tocsin sweep'), hashtext(current_schema()))"
    return bool(db.exec_driver_sql(query).scalar_one())


def ring(db: Connection) -> None:
    """Wake the slots of other processes once this transaction is applied; it carries nothing."""
    if db.dialect.name == _POSTGRESQL:
        db.exec_driver_sql("NOTIFY tocsin_bell")


def read_all(db: Connection) -> None:
    """Prepare a read for queries over whole rounds: their tables may be too new for statistics."""
    if db.dialect.name == _POSTGRESQL:
        db.exec_driver_sql("SET LOCAL enable_nestloop = off")
