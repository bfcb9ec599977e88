"""A directory that is a CSV or Parquet file, read through its sidecar as a SQL table is."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from pathlib import Path
from threading import Lock

from sqlalchemy.engine import URL
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.sidecar import make_sidecar
from tocsin.directories.source_file import Stamp, path_of, stamp_of
from tocsin.directories.sql import SqlDirectory
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.person import AffectedPerson, Contacts, DirectoryHealth
from tocsin.schemas.scope import Scope


class FileDirectory:
    """Answers as `SqlDirectory` does, from a file that the organisation may replace at any time.

    Every call first looks whether the file is another one now, and makes the sidecar anew if so. A
    stream goes on in the file in which it began. All methods raise `InvalidInput` when the file is
    broken or not as the mapping says, and `Unavailable` when it cannot be read now.
    """

    def __init__(self, url: str, mapping: DirectoryMapping, *, sidecar: Path | None = None) -> None:
        """Name the file (`file:///srv/people.parquet`); read nothing yet.

        `sidecar` is the folder of the sidecar, by default that of the file.
        """
        self._source = path_of(url)
        self._folder = sidecar or self._source.parent
        self._mapping = mapping
        self._lock = Lock()
        self._people: SqlDirectory | None = None
        self._stamp: Stamp | None = None
        self._settled = False
        self._made: Stamp | None = None

    async def check_scope(self, scope: Scope, kinds: Sequence[DataKind]) -> None:
        """Raise `InvalidInput` if the scope or the mapping cannot be answered by this directory."""
        await (await self._now()).check_scope(scope, kinds)

    async def count(self, scope: Scope) -> int:
        """Return how many people are in scope."""
        return await (await self._now()).count(scope)

    async def snapshot(
        self, scope: Scope, kinds: Sequence[DataKind], *, after: str | None, page: int
    ) -> AsyncGenerator[tuple[AffectedPerson, ...], None]:
        """Stream the people in scope, in key order, as one snapshot in pages of `page` people."""
        people = await self._now()
        async with aclosing(people.snapshot(scope, kinds, after=after, page=page)) as pages:
            async for found in pages:
                yield found

    async def contacts(self, keys: Sequence[str]) -> Mapping[str, Contacts]:
        """Return the contact details of those of `keys` whom the file holds now."""
        return await (await self._now()).contacts(keys)

    async def health(
        self, scope: Scope | None = None, *, on: date | None = None
    ) -> DirectoryHealth:
        """Return what share of people lacks what; ages are those of `on`, or of today (UTC)."""
        return await (await self._now()).health(scope, on=on)

    async def residences(self, scope: Scope) -> dict[str, int]:
        """Return residence -> people in scope; the unknown residence is the empty text."""
        return await (await self._now()).residences(scope)

    async def close(self) -> None:
        """Close the connections; the sidecar stays for the next time."""
        people, self._people = self._people, None
        if people is not None:
            await people.close()

    async def _now(self) -> SqlDirectory:
        """Return the directory of the file's present content."""
        people, replaced = await asyncio.to_thread(self._present)
        if replaced is not None:
            await replaced.close()  # a stream that still reads there keeps its connection
        return people

    def _present(self) -> tuple[SqlDirectory, SqlDirectory | None]:
        with self._lock:
            stamp = stamp_of(self._source)
            if self._people is not None and self._settled and stamp == self._stamp:
                return self._people, None
            settled = stamp.is_settled()
            sidecar = make_sidecar(self._source, self._mapping, folder=self._folder)
            made = stamp_of(sidecar)
            self._stamp, self._settled = stamp, settled
            if self._people is not None and made == self._made:
                return self._people, None
            replaced, self._made = self._people, made
            url = URL.create("sqlite", database=str(sidecar))
            self._people = SqlDirectory(url, self._mapping)
            return self._people, replaced
