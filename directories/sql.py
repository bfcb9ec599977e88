"""A directory that is a table of a SQL database: a SQLite file, or any that SQLAlchemy reads."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.engine import URL
from tocsin.directories.conditions import compile_scope
from tocsin.directories.contacts_query import ContactsQuery
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.measuring import measure
from tocsin.directories.opening import open_for_reading, reading
from tocsin.directories.people_query import PeopleQuery
from tocsin.directories.reflection import is_integer, key_value, reflect
from tocsin.directories.stream import PeopleStream
from tocsin.directories.values import residence_of
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.person import AffectedPerson, Contacts, DirectoryHealth
from tocsin.schemas.scope import Scope

_CHUNK = 500
"""Bound parameters of one statement: within every database's limit."""

_EVERYONE = Scope(everyone=True)


class SqlDirectory:
    """Answers who is affected and how they are reached, from the organisation's own table.

    Every method reads; none writes. All of them raise `InvalidInput` when the mapping, the scope
    or the address of the database is wrong, and `Unavailable` when the database cannot be read now.
    """

    def __init__(self, url: str | URL, mapping: DirectoryMapping) -> None:
        """Name the database by its SQLAlchemy URL (`sqlite:///people.db`); open nothing yet."""
        self._engine = open_for_reading(url)
        self._mapping = mapping
        self._table: sa.Table | None = None
        self._contacts_query: ContactsQuery | None = None
        self._lock = Lock()

    async def check_scope(self, scope: Scope, kinds: Sequence[DataKind]) -> None:
        """Raise `InvalidInput` if the scope or the mapping cannot be answered by this directory."""
        await asyncio.to_thread(self._check_scope, scope, kinds)

    async def count(self, scope: Scope) -> int:
        """Return how many people are in scope, by the database's own count."""
        return await asyncio.to_thread(self._count, scope)

    async def snapshot(
        self, scope: Scope, kinds: Sequence[DataKind], *, after: str | None, page: int
    ) -> AsyncGenerator[tuple[AffectedPerson, ...], None]:
        """Stream the people in scope, in key order, as one snapshot in pages of `page` people.

        One statement with at most one bound on the key, so that a page costs the same wherever it
        stands. `after` goes on behind a key. Cancelled accounts are included.
        """
        # one thread for the stream: closing it waits for what it is still reading
        loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1, "directory-snapshot")
        stream = PeopleStream(self._engine)
        coming: asyncio.Future[tuple[AffectedPerson, ...]] | None = None
        try:
            await loop.run_in_executor(thread, self._start, stream, scope, kinds, after, page)
            coming = loop.run_in_executor(thread, stream.read, page)
            while people := await coming:
                coming = loop.run_in_executor(thread, stream.read, page)  # while these are judged
                yield people
        finally:
            if coming is not None:
                coming.cancel()  # nobody looks at it any more
            closed = thread.submit(stream.close)
            thread.shutdown(wait=False)
            await asyncio.shield(asyncio.wrap_future(closed))

    async def contacts(self, keys: Sequence[str]) -> Mapping[str, Contacts]:
        """Return the contact details of those of `keys` whom the directory still holds."""
        return await asyncio.to_thread(self._contacts, tuple(dict.fromkeys(keys)))

    async def health(
        self, scope: Scope | None = None, *, on: date | None = None
    ) -> DirectoryHealth:
        """Return what share of people lacks what; ages are those of `on`, or of today (UTC)."""
        day = on or datetime.now(UTC).date()
        return await asyncio.to_thread(self._health, scope or _EVERYONE, day)

    async def residences(self, scope: Scope) -> dict[str, int]:
        """Return residence -> people in scope; the unknown residence is the empty text."""
        return await asyncio.to_thread(self._residences, scope)

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.to_thread(self._engine.dispose)

    def _bound(self, connection: sa.Connection) -> sa.Table:
        with self._lock:
            if self._table is None:
                self._table = reflect(connection, self._mapping)
            return self._table

    def _check_scope(self, scope: Scope, kinds: Sequence[DataKind]) -> None:
        with reading(), self._engine.connect() as connection:
            table = self._bound(connection)
            scoped = compile_scope(scope, table, self._mapping)
            query = PeopleQuery(table, self._mapping, kinds).select(scoped, None)
            connection.execute(query.limit(1)).all()

    def _start(
        self,
        stream: PeopleStream,
        scope: Scope,
        kinds: Sequence[DataKind],
        after: str | None,
        page: int,
    ) -> None:
        with reading():
            table = self._bound(stream.connect())
            scoped = compile_scope(scope, table, self._mapping)
            stream.start(PeopleQuery(table, self._mapping, kinds), scoped, after, page=page)

    def _count(self, scope: Scope) -> int:
        with reading(), self._engine.connect() as connection:
            table = self._bound(connection)
            scoped = compile_scope(scope, table, self._mapping)
            query = sa.select(sa.func.count()).select_from(table).where(scoped)
            return int(connection.execute(query).scalar_one())

    def _contacts(self, keys: Sequence[str]) -> dict[str, Contacts]:
        found: dict[str, Contacts] = {}
        with reading(), self._engine.connect() as connection:
            table = self._bound(connection)
            query = self._contacts_query or ContactsQuery(table, self._mapping)
            self._contacts_query = query
            for first in range(0, len(keys), _CHUNK):
                wanted = self._values(table, keys[first : first + _CHUNK])
                found.update(query.all_contacts(query.rows(connection, wanted)))
        return found

    def _values(self, table: sa.Table, keys: Sequence[str]) -> Sequence[str | int]:
        """Return keys as the column holds them, without those that no row can have."""
        if not is_integer(table.c[self._mapping.key]):
            return keys
        found: list[str | int] = []
        for key in keys:
            with suppress(InvalidInput):
                found.append(key_value(table.c[self._mapping.key], key))
        return found

    def _health(self, scope: Scope, on: date) -> DirectoryHealth:
        with reading(), self._engine.connect() as connection:
            table = self._bound(connection)
            scoped = compile_scope(scope, table, self._mapping)
            return measure(connection, table, self._mapping, scoped, on)

    def _residences(self, scope: Scope) -> dict[str, int]:
        totals: dict[str, int] = {}
        with reading(), self._engine.connect() as connection:
            table = self._bound(connection)
            scoped = compile_scope(scope, table, self._mapping)
            name = self._mapping.residence
            counted = sa.func.count()
            if name is None:
                query = sa.select(sa.null(), counted).select_from(table).where(scoped)
            else:
                query = sa.select(table.c[name], counted).where(scoped).group_by(table.c[name])
            for raw, people in connection.execute(query):
                known = residence_of(raw) or ""
                totals[known] = totals.get(known, 0) + people
        return totals
