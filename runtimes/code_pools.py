"""The pools of codes: files that an operator bought, and what was reserved of them on record.

A pool has a key of its own beside those of the rounds. With it the codes up to the end of each
range are bound: whoever changes, moves or takes out a code that was given is found out before the
next one leaves.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tocsin.ledger import code_ranges
from tocsin.ledger.ledger import Ledger
from tocsin.runtimes.code_file import CodeFile, read_code_file
from tocsin.schemas.codes import CodeRange
from tocsin.schemas.errors import Conflict, InvalidInput, NotFound

_SETTLED_NS = 2_000_000_000
"""So long after it was written, a file that changes has another time of writing."""


class _Mark(NamedTuple):
    """What changes with the content of a file: when it was written, its size, which file it is."""

    at: int
    size: int
    inode: int


class _Kept(NamedTuple):
    """A file that was read, and the digests that were compared with it."""

    mark: _Mark
    file: CodeFile
    agreed: set[tuple[int, str]]
    """(end, digest)"""


class CodePools:
    """The pools of a deployment; a file is read again once it changed."""

    def __init__(self, files: Mapping[str, Path], ledger: Ledger) -> None:
        """Take the files by pool, and where ranges and keys are."""
        self._files = files
        self._ledger = ledger
        self._kept: dict[str, _Kept] = {}

    async def reservable(self, pool: str, count: int) -> CodeRange:
        """Return the next codes of a pool that no round has; see `Pools`."""
        given = await self._ledger.ask(code_ranges.newest)
        return await asyncio.to_thread(self._reservable, pool, count, given)

    async def codes(self, held: CodeRange, places: Sequence[int]) -> Sequence[str]:
        """Return the codes at places of a range; see `Pools`."""
        return await asyncio.to_thread(self._codes, held, places)

    def _reservable(self, pool: str, count: int, given: Sequence[CodeRange]) -> CodeRange:
        file, first = self._file(pool).file, 0
        for last in given:
            here = file.digest(self._key(last.pool), last.end) == last.digest
            if last.pool == pool and not here:
                raise _changed(pool)
            if last.pool != pool and here:
                message = f"codes of the pool {pool} were given under the name {last.pool}"
                raise Conflict(message, field=_field(pool), fix="keep the name that it had")
            first = last.end if last.pool == pool else first
        self._stands_alone(pool, file)
        if len(file) - first < count:
            left = f"{len(file) - first:,} codes that nobody was given"
            message = f"the pool {pool} holds {left}, and {count:,} are needed"
            raise Conflict(message, field=_field(pool), fix="buy more and add them at its end")
        key = self._ledger.keys.create(_key_name(pool))
        return CodeRange(pool, first, count, file.digest(key, first + count))

    def _stands_alone(self, pool: str, file: CodeFile) -> None:
        for other in self._files:
            if other != pool and file.shares(self._file(other).file):
                message = f"the pools {pool} and {other} hold the same code"
                fix = "take it out of the one of which nothing was given yet"
                raise Conflict(message, field=_field(pool), fix=fix)

    def _codes(self, held: CodeRange, places: Sequence[int]) -> tuple[str, ...]:
        kept = self._file(held.pool)
        if (held.end, held.digest) not in kept.agreed:
            if kept.file.digest(self._key(held.pool), held.end) != held.digest:
                raise _changed(held.pool)
            kept.agreed.add((held.end, held.digest))
        if any(not 0 <= place < held.size for place in places):
            message = f"the range of the pool {held.pool} has no such place"
            raise Conflict(message, field=_field(held.pool), fix="this is a fault: report it")
        return tuple(kept.file.code(held.first + place) for place in places)

    def _file(self, pool: str) -> _Kept:
        field, path = _field(pool), self._files.get(pool)
        if path is None:
            message = f"there is no pool {pool}"
            raise InvalidInput(message, field=field, fix=f'set {pool} = "..." under [code_pools]')
        mark, kept = _mark(path), self._kept.get(pool)
        if kept is not None and kept.mark == mark:
            return kept
        self._kept.pop(pool, None)
        found = _Kept(mark, read_code_file(path, field=field), set())
        # A file that changed a moment ago may change again and keep its mark: it is not kept.
        if time.time_ns() - mark.at > _SETTLED_NS and _mark(path) == mark:
            self._kept[pool] = found
        return found

    def _key(self, pool: str) -> bytes:
        try:
            return self._ledger.keys.of(_key_name(pool))
        except NotFound:
            message = f"the key of the pool {pool} is not there, so its codes cannot be compared"
            fix = "restore the folder of the keys"
            raise Conflict(message, field="ledger.keys", fix=fix) from None


def _changed(pool: str) -> Conflict:
    message = f"the file of the pool {pool} is not as it was when its codes were reserved"
    fix = "put back the file as it was; new codes go at its end"
    return Conflict(message, field=_field(pool), fix=fix)


def _field(pool: str) -> str:
    return f"code_pools.{pool}"


def _key_name(pool: str) -> str:
    return f"pool/{pool}"


def _mark(path: Path) -> _Mark:
    try:
        found = path.stat()
    except OSError:
        return _Mark(time.time_ns(), 0, 0)  # which reading it tells
    return _Mark(found.st_mtime_ns, found.st_size, found.st_ino)
