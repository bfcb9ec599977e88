"""One open cursor over affected people: one thread uses it, whoever opened it closes it."""

from typing import Any

import sqlalchemy as sa
from tocsin.directories.opening import reading
from tocsin.directories.people_query import PeopleQuery
from tocsin.schemas.person import AffectedPerson


class PeopleStream:
    """Reads one statement page by page; the transaction around it is the snapshot."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None
        self._rows: sa.CursorResult[Any] | None = None
        self._query: PeopleQuery | None = None

    def connect(self) -> sa.Connection:
        """Open the connection whose transaction is the snapshot."""
        self._connection = self._engine.connect()
        return self._connection

    def start(
        self, query: PeopleQuery, scoped: sa.ColumnElement[bool], after: str | None, *, page: int
    ) -> None:
        """Execute the query without fetching: rows stay with the database until they are read.

        No more than a page of them are held here before they are.
        """
        if self._connection is None:
            message = "a stream is connected before it is started"
            raise RuntimeError(message)
        streaming = self._connection.execution_options(stream_results=True, max_row_buffer=page)
        self._query = query
        self._rows = streaming.execute(query.select(scoped, after))

    def read(self, page: int) -> tuple[AffectedPerson, ...]:
        """Return the next `page` people; nobody at the end."""
        if self._rows is None or self._query is None:
            return ()
        with reading():
            return tuple(map(self._query.person, self._rows.fetchmany(page)))

    def close(self) -> None:
        """Give cursor and connection back, also in the middle of the stream."""
        if self._rows is not None:
            self._rows.close()
        if self._connection is not None:
            self._connection.close()
        self._rows = self._connection = None
