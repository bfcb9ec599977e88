"""What SQLite and PostgreSQL say in different words, and the ledger says once.

Locks need no word here: `FOR UPDATE` is left out of statements for SQLite, where the write lock of
the whole database stands for it.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Table,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_POSTGRESQL = "postgresql"
_ROWS_AT_ONCE = 40


class DatabaseTime(FunctionElement[int]):
    """The database's clock, in microseconds since 1970; it goes on within a transaction.

    A function, so that statements with it are compiled once: other elements of one's own are not
    remembered, and these statements are the ones that every worker repeats.
    """

    inherit_cache = True
    name = "database_time"
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
    ready = list(rows)
    whole = len(ready) - len(ready) % _ROWS_AT_ONCE
    for start in range(0, whole, _ROWS_AT_ONCE):
        part = ready[start : start + _ROWS_AT_ONCE]
        driver.execute(_appending(table, _ROWS_AT_ONCE), list(chain.from_iterable(part)))
    driver.executemany(_appending(table, 1), ready[whole:])


@cache
def _appending(table: Table, rows: int) -> str:
    """Return SQLite's statement for so many rows at once: a step each costs more than the row.

    Whoever writes undoes the whole transaction where a row is refused. So SQLite need not be able
    to undo a statement alone (FAIL), for which it would copy each page before it is touched.
    """
    marks = f"({', '.join('?' * len(table.columns))})"
    return f"INSERT OR FAIL INTO {table.name} VALUES {', '.join([marks] * rows)}"  # noqa: S608


def add_counts(
    db: Connection, table: Table, rows: Sequence[tuple[int | str, ...]]
) -> Sequence[tuple[Any, ...]]:
    """Add to counters, the last column of a table, and return their rows as they are then.

    Each row names another counter by the columns before; one that is not there begins at nothing.
    """
    *keys, count = table.columns.keys()
    mark = "%s" if db.dialect.name == _POSTGRESQL else "?"
    marks = ", ".join([f"({', '.join([mark] * len(table.columns))})"] * len(rows))
    statement = (
        f"INSERT INTO {table.name} VALUES {marks} ON CONFLICT ({', '.join(keys)}) "  # noqa: S608
        f"DO UPDATE SET {count} = {table.name}.{count} + excluded.{count} RETURNING *"
    )
    driver: Any = db.connection.driver_connection
    found = driver.execute(statement, [value for row in rows for value in row])
    return list(found.fetchall())


def among(db: Connection, column: Column[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """Whether a column is one of many numbers: one parameter, where there are lists of them."""
    if db.dialect.name != _POSTGRESQL:
        return column.in_(numbers)
    return column == any_(bindparam(None, list(numbers), type_=_array()))


def among_named(dialect: str, column: Column[int], name: str) -> ColumnElement[bool]:
    """Whether a column is one of the numbers given as `name`, for a statement that is kept."""
    if dialect != _POSTGRESQL:
        given = func.json_each(bindparam(name)).table_valued("value")
        return column.in_(select(given.c.value))
    return column == any_(bindparam(name, type_=_array()))


def as_one(db: Connection, numbers: Sequence[int]) -> Sequence[int] | str:
    """Return numbers as the one parameter that `among_named` compares with."""
    return list(numbers) if db.dialect.name == _POSTGRESQL else json.dumps(numbers)


def _array() -> Any:
    from sqlalchemy.dialects.postgresql import ARRAY  # noqa: PLC0415  # as above

    return ARRAY(Integer)


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
