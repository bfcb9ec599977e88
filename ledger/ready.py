"""Statements that are made once and then run by the driver itself: what every commit repeats.

SQLAlchemy writes them, so that both databases are asked the same; running them through it would
cost more than the databases need for the answer.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable
from sqlalchemy.sql.elements import ClauseElement

_POSTGRESQL = "postgresql"
_AT_ONCE = 5_000


class _Text(NamedTuple):
    """A statement as a driver takes it."""

    sql: str
    order: tuple[str, ...] | None
    """The names of its parameters in their order; None where the driver takes them by name."""
    constants: Mapping[str, Any]
    """Parameters with a value of their own."""


class Ready:
    """One statement; its parameters are given by name, lists of values not among them."""

    def __init__(self, statement: Executable) -> None:
        """Take a statement of SQLAlchemy; it is written out at its first run on a database."""
        self._statement = statement
        self._texts: dict[str, _Text] = {}

    def run(self, db: Connection, **values: Any) -> Any:
        """Run it and return the driver's cursor: plain tuples, and `rowcount`."""
        text = self._texts.get(db.dialect.name) or self._written(db)
        driver: Any = db.connection.driver_connection
        return driver.execute(text.sql, _parameters(text, values))

    def blocks(self, db: Connection, size: int, **values: Any) -> Iterator[list[tuple[Any, ...]]]:
        """Yield its rows as they are read, so many at a time: memory is flat, however many."""
        text = self._texts.get(db.dialect.name) or self._written(db)
        driver: Any = db.connection.driver_connection
        if db.dialect.name != _POSTGRESQL:
            found = driver.execute(text.sql, _parameters(text, values))
            while block := found.fetchmany(size):
                yield block
            return
        with driver.cursor(name=f"ready_{id(self)}") as cursor:  # held by the server
            cursor.itersize = _AT_ONCE
            cursor.execute(text.sql, _parameters(text, values))
            rows = iter(cursor)  # one for all: some versions of the driver begin anew with each
            while block := list(islice(rows, size)):
                yield block

    def _written(self, db: Connection) -> _Text:
        assert isinstance(self._statement, ClauseElement)  # noqa: S101  # as every statement is
        made: Any = self._statement.compile(dialect=db.dialect)
        order = tuple(made.positiontup) if made.positional else None
        known = {name: value for name, value in made.params.items() if value is not None}
        return self._texts.setdefault(db.dialect.name, _Text(made.string, order, known))


def _parameters(text: _Text, values: Mapping[str, Any]) -> Any:
    given = {**text.constants, **values}
    return given if text.order is None else [given[name] for name in text.order]
