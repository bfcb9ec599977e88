"""The organisation's table as the database has it, checked against the mapping."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect, Inspector
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.types import TypeEngine
from tocsin.directories.mapping import DirectoryMapping
from tocsin.schemas.errors import InvalidInput

_SHOWN = 20


class TimeAsText(sa.Text):
    """A time as SQLite keeps it: text, with a blank or a T between day and hour."""


def near(name: str, known: Iterable[str]) -> str:
    """Return which of the known names a reader may have meant: `did you mean system?`."""
    names = sorted(known)
    close = get_close_matches(name.lower(), [known.lower() for known in names], n=3)
    meant = [known for known in names if known.lower() in close]
    if meant:
        return f"did you mean {' or '.join(meant)}?"
    if not names:
        return "there is none to choose from"
    return f"choose from: {', '.join(names[:_SHOWN])}{' ...' if len(names) > _SHOWN else ''}"


def reflect(connection: sa.Connection, mapping: DirectoryMapping) -> sa.Table:
    """Return the mapped table with all its columns.

    Raises:
        InvalidInput: a table or column of the mapping does not exist, or the key does not name
            exactly one row; `field` is the mapping's dotted path.

    """
    inspector = sa.inspect(connection)
    known = [*inspector.get_table_names(), *inspector.get_view_names()]
    if mapping.table not in known:
        message = f"the directory has no table {mapping.table!r}"
        raise InvalidInput(message, field="directory.table", fix=near(mapping.table, known))
    columns = {column["name"]: column["type"] for column in inspector.get_columns(mapping.table)}
    for place, column in mapping.places():
        if column not in columns:
            message = f"the table {mapping.table!r} has no column {column!r}"
            raise InvalidInput(message, field=place, fix=near(column, columns))
    table = sa.Table(
        mapping.table,
        sa.MetaData(),
        *(sa.Column(name, _as_kept(kind, connection.dialect)) for name, kind in columns.items()),
    )
    _check_key(connection, inspector, table, mapping)
    return table


def _as_kept(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    is_text = dialect.name == "sqlite" and isinstance(kind, sa.DateTime)
    return TimeAsText() if is_text else kind


def _unique_keys(inspector: Inspector, table: str) -> Iterable[Sequence[str | None]]:
    yield inspector.get_pk_constraint(table)["constrained_columns"]
    for constraint in inspector.get_unique_constraints(table):
        yield constraint["column_names"]
    for index in inspector.get_indexes(table):
        if index["unique"] and not index.get("dialect_options"):  # a partial index proves nothing
            yield index["column_names"]


def _check_key(
    connection: sa.Connection,
    inspector: Inspector,
    table: sa.Table,
    mapping: DirectoryMapping,
) -> None:
    """Refuse a key that is null or shared: such rows would be counted and then forgotten."""
    key = table.c[mapping.key]
    _check_order(connection, key)
    unkeyed = sa.select(sa.func.count()).select_from(table).where(key.is_(None))
    if rows := connection.execute(unkeyed).scalar_one():
        message = f"{rows} rows have no value in the key column {mapping.key!r}"
        fix = "give every row a key, or map a column that has one"
        raise InvalidInput(message, field="directory.key", fix=fix)
    if any(list(names) == [mapping.key] for names in _unique_keys(inspector, mapping.table)):
        return
    counts = sa.select(sa.func.count(), sa.func.count(sa.distinct(key))).select_from(table)
    rows, keys = connection.execute(counts).one()
    if rows != keys:
        message = f"{rows - keys} rows share their value in the key column {mapping.key!r}"
        fix = "map a column that is different in every row"
        raise InvalidInput(message, field="directory.key", fix=fix)


def _check_order(connection: sa.Connection, key: sa.Column[Any]) -> None:
    """Refuse a key that is not found by its own text: nobody could go on behind it, or be reached.

    SQLite compares a number with a text where a view's column declares no type.
    """
    some = connection.execute(sa.select(key).limit(1)).scalar()
    if some is None:
        return
    named = key_value(key, str(some))
    try:
        found = connection.execute(sa.select(key).where(key == named).limit(1)).first()
    except ProgrammingError:
        found = None
    if found is None:
        message = f"no row is found by the text of its key in the column {key.name!r}"
        fix = f"let it be text or whole numbers, such as CAST({key.name} AS TEXT) in a view"
        raise InvalidInput(message, field="directory.key", fix=fix)


def is_integer(column: sa.Column[object]) -> bool:
    """Whether the column's own order is that of integers."""
    return isinstance(column.type, sa.Integer) and not isinstance(column.type, sa.Boolean)


def key_value(column: sa.Column[Any], key: str) -> str | int:
    """Return a key as the column compares it.

    Raises:
        InvalidInput: the column holds integers and the key is none.

    """
    if not is_integer(column):
        return key
    try:
        return int(key)
    except ValueError:
        message = "the directory's keys are whole numbers and this is none"
        raise InvalidInput(message, field="directory.key") from None
