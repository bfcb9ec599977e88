"""Who was first at an address of a round: an index beside the roster, in no file that has a name.

A roster lists first holders one after the other. Nearly nobody shares an address, so that nearly
every question is answered "nobody yet" by a blocked Bloom filter (Putze, Sanders and Singler,
"Cache-, hash- and space-efficient Bloom filters", 2010) whose blocks are octets. For the rest a
temporary table tells the place in the list by a hash of the digest. It is filed many rows at a
time, sorted: one by one, each row of a large table is read and written with a page of its own.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from mmap import mmap
from typing import Any

_TABLE = """
ATTACH '' AS found;
PRAGMA found.journal_mode = OFF;
PRAGMA found.synchronous = OFF;
PRAGMA found.cache_size = -512;
CREATE TABLE found.held (mark INTEGER PRIMARY KEY, n INTEGER);
"""
_AT_ONCE = 250
_MARKS = ", ".join("?" * _AT_ONCE)
_LIST = "SELECT n, digest FROM main.first_holder WHERE n > ? ORDER BY n"
_PLACES = f"SELECT mark, n FROM found.held WHERE mark IN ({_MARKS})"  # noqa: S608
_ROWS = f"SELECT n, digest, lane, seq FROM main.first_holder WHERE n IN ({_MARKS})"  # noqa: S608
_ROW = "SELECT digest, lane, seq FROM main.first_holder WHERE digest = ? ORDER BY n LIMIT 1"
_WIDTH = 21
_LAST_CELL = (1 << _WIDTH) - 1
"""The filter has 2 MiB. Of new addresses it lets 8 in 100 pass after 2,000,000 others, and 52 after
10,000,000, which costs a look at the table each."""
_BITS = tuple(1 << a | 1 << (a + d) % 8 for d in (1, 2) for a in range(8))
"""Two bits of a cell, each as often as another, by which addresses that share it are told apart."""
_UNFILED = 4_096

Holders = Mapping[bytes, tuple[str, int]]


class FirstHolders:
    """The index of one roster, brought up to date with each question, whoever wrote the rows."""

    def __init__(self, db: sqlite3.Connection, *, mark: Callable[[bytes], int] = hash) -> None:
        """Stand beside a roster's open file; a digest's `mark` has 64 bits, any two may agree."""
        db.executescript(_TABLE)
        self._db = db
        self._mark = mark
        self._filter = mmap(-1, _LAST_CELL + 1)  # takes no memory before something is written there
        self._last = 0
        self._unfiled: dict[bytes, int] = {}
        """Digest -> its place in the list, of the latest."""

    def close(self) -> None:
        """Forget the index; the roster's file stays open."""
        self._filter.close()
        self._db.execute("DETACH found")

    def of(self, digests: Sequence[bytes]) -> Holders:
        """Return who was first: digest -> (lane, seq), for those that the roster lists."""
        self._bring_up_to_date()
        cells, mark = self._filter, self._mark
        known = [
            digest
            for digest in digests
            if cells[(m := mark(digest)) & _LAST_CELL] & (bits := _BITS[m >> _WIDTH & 15]) == bits
        ]
        filed = dict(self._ask(_PLACES, [*{mark(digest) for digest in known}]))
        places = {d: n for d in known if (n := filed.get(mark(d), self._unfiled.get(d)))}
        rows = {n: row for n, *row in self._ask(_ROWS, sorted({*places.values()}))}
        found: dict[bytes, tuple[str, int]] = {}
        for digest, n in places.items():
            row: Sequence[Any] | None = rows.get(n)
            if row is None or row[0] != digest:  # another has its mark: the list itself is read
                row = self._db.execute(_ROW, [digest]).fetchone()
            if row is not None:
                found[digest] = row[1], row[2]
        return found

    def _bring_up_to_date(self) -> None:
        cells, mark, unfiled = self._filter, self._mark, self._unfiled
        rows = self._db.execute(_LIST, [self._last])
        while part := rows.fetchmany(_UNFILED - len(unfiled)):
            for _, digest in part:
                m = mark(digest)
                cells[m & _LAST_CELL] |= _BITS[m >> _WIDTH & 15]
            for n, digest in part:
                unfiled.setdefault(digest, n)
            self._last = part[-1][0]
            if len(unfiled) >= _UNFILED:
                self._file()

    def _file(self) -> None:
        """Write the latest into the table, in its own order."""
        rows = iter(sorted((self._mark(digest), n) for digest, n in self._unfiled.items()))
        self._db.execute("BEGIN")
        while part := list(islice(rows, _AT_ONCE)):
            values = ", ".join(["(?, ?)"] * len(part))
            filing = f"INSERT OR IGNORE INTO found.held VALUES {values}"  # noqa: S608
            self._db.execute(filing, list(chain.from_iterable(part)))
        self._db.execute("COMMIT")
        self._unfiled.clear()

    def _ask(self, query: str, values: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(values), _AT_ONCE):
            part = [*values[start : start + _AT_ONCE], *[None] * _AT_ONCE][:_AT_ONCE]
            yield from self._db.execute(query, part)  # one statement, however many are asked for
