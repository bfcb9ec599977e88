"""From an organisation's own CSV file to a directory, the quick way."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from tocsin.directories.csv_rows import CsvRow, CsvRows, csv_rows
from tocsin.directories.opening import reading
from tocsin.schemas.errors import Conflict, InvalidInput

_ROWS_AT_ONCE = 5_000


def import_csv(
    csv_path: Path, db_path: Path, *, table: str = "people", key: str | None = None
) -> int:
    """Load a CSV file with a header row into a new SQLite table, and return the number of people.

    Every column is text as it stands in the file, without surrounding blanks; empty fields are
    null. The key column (by default the first) becomes the primary key. All rows enter, or none.

    Raises:
        InvalidInput: the file is no such CSV; the message names the line.
        Conflict: the table exists already.

    """
    new = not db_path.exists()
    done = False
    engine = sa.create_engine(f"sqlite:///{db_path}", hide_parameters=True)
    try:
        with (
            reading(),
            csv_rows(csv_path, key=key) as people,
            engine.begin() as connection,
        ):
            if sa.inspect(connection).has_table(table):
                message = f"{db_path.name!r} has a table {table!r} already"
                fix = "name another table, or another database file"
                raise Conflict(message, field="table", fix=fix)
            total = _load(connection, table, people)
        done = True
    finally:
        engine.dispose()
        if new and not done:
            db_path.unlink(missing_ok=True)
    return total


def _load(connection: sa.Connection, name: str, people: CsvRows) -> int:
    columns = [sa.Column(c, sa.Text, primary_key=c == people.key) for c in people.header]
    table = sa.Table(name, sa.MetaData(), *columns, sqlite_with_rowid=False)
    # sqlite3 commits before CREATE TABLE unless a transaction is open
    connection.exec_driver_sql("BEGIN")
    table.create(connection)
    insert, rows, total = str(sa.insert(table).compile(connection)), iter(people.rows), 0
    while chunk := list(islice(rows, _ROWS_AT_ONCE)):
        savepoint = connection.begin_nested()
        try:
            connection.exec_driver_sql(insert, [row.values for row in chunk])
        except sa.exc.IntegrityError:
            savepoint.rollback()
            raise _repeated(connection, insert, chunk, people.key) from None
        savepoint.commit()
        total += len(chunk)
    return total


def _repeated(
    connection: sa.Connection, insert: str, chunk: Sequence[CsvRow], key: str
) -> InvalidInput:
    """Return the error that names the line whose key another line has."""
    for row in chunk:
        try:
            connection.exec_driver_sql(insert, row.values)
        except sa.exc.IntegrityError:
            message = f"line {row.line} repeats a key of the column {key!r}"
            return InvalidInput(message, field="csv", fix="keep one row per person")
    message = "a key is repeated"
    return InvalidInput(message, field="csv", fix="keep one row per person")
