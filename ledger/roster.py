"""Rosters: the raw directory keys of open rounds, one SQLite file per round, deleted on closing.

Kept apart from the ledger so that no page and no write-ahead log of the ledger ever holds a key,
and so that forgetting them is deleting a file. Rows are written before the ledger's transaction:
what a crash between the two leaves behind is forgotten before a resolution goes on, as the
directory may have changed by then.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from tocsin.ledger.first_holders import FirstHolders, Holders
from tocsin.schemas.commit import Roster

_SCHEMA = """
CREATE TABLE IF NOT EXISTS roster (
  lane TEXT NOT NULL ON CONFLICT FAIL, seq INTEGER NOT NULL ON CONFLICT FAIL, key TEXT,
  PRIMARY KEY (lane, seq) ON CONFLICT REPLACE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS first_holder (
  n INTEGER PRIMARY KEY, digest BLOB, lane TEXT, seq INTEGER);
"""
_NEXT_LANE = "SELECT min(lane) FROM roster WHERE lane > ?"
_MOST_OPEN = 8
"""More than the rounds that one process resolves at a time: of these the index stays."""
_CHUNK = 500
_ROWS_AT_ONCE = 250


class Rosters:
    """A folder of rosters. Used from the ledger's one thread."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, making it when it is not there."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._open: dict[str, sqlite3.Connection] = {}
        """Round -> its file, the one that was asked last at the end."""
        self._first: dict[str, FirstHolders] = {}
        """Round -> the index of its first holders."""

    def _path(self, round_id: str) -> Path:
        return self._folder / f"{round_id.replace('/', '.')}.roster"

    def _of(self, round_id: str) -> sqlite3.Connection:
        db = self._open.pop(round_id, None)
        if db is None:
            path = self._path(round_id)
            path.touch(mode=0o600)
            db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA cache_size=-512")
            db.executescript(_SCHEMA)
        self._open[round_id] = db
        if len(self._open) > _MOST_OPEN:
            others = [name for name in self._open if name != round_id]
            self._close(next((name for name in others if name not in self._first), others[0]))
        return db

    def _is_there(self, round_id: str) -> bool:
        return round_id in self._open or self._path(round_id).exists()

    def put(self, roster: Roster) -> None:
        """Write rows, in the place of those that stand there already."""
        with self._writing(roster.round) as db:
            _insert(db, "INSERT INTO roster", roster.rows)
            _insert(db, "INSERT OR FAIL INTO first_holder (digest, lane, seq)", roster.addresses)

    def forget_beyond(self, round_id: str, end_of: Callable[[str], int]) -> None:
        """Forget the rows that the ledger does not hold, within a write; `end_of`: see there."""
        if not self._is_there(round_id):
            return
        self._forget_index(round_id)
        with self._writing(round_id) as db:
            lane = ""
            while lane := db.execute(_NEXT_LANE, [lane]).fetchone()[0]:
                db.execute("DELETE FROM roster WHERE lane = ? AND seq >= ?", (lane, end_of(lane)))
            listed = db.execute("SELECT n, lane, seq FROM first_holder ORDER BY n DESC")
            last = next((n for n, lane, seq in listed if seq < end_of(lane)), 0)
            db.execute("DELETE FROM first_holder WHERE n > ?", [last])

    @contextmanager
    def _writing(self, round_id: str) -> Iterator[sqlite3.Connection]:
        """Write all that is written within, or nothing."""
        db = self._of(round_id)
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except BaseException:
            self._close(round_id)  # which undoes what was begun
            raise

    def keys(self, round_id: str, lane: str, seqs: Sequence[int]) -> Mapping[int, str]:
        """Return the directory keys behind seqs of a lane."""
        if not seqs or not self._is_there(round_id):
            return {}  # and no empty file is left behind for a round that is over
        db = self._of(round_id)
        self._forget_index(round_id)  # they are told now, and nobody is new at an address
        if seqs[-1] - seqs[0] == len(seqs) - 1:
            query = "SELECT seq, key FROM roster WHERE lane = ? AND seq BETWEEN ? AND ?"
            return dict(db.execute(query, (lane, seqs[0], seqs[-1])))
        found: dict[int, str] = {}
        for start in range(0, len(seqs), _CHUNK):
            part = seqs[start : start + _CHUNK]
            marks = ",".join("?" * len(part))
            query = f"SELECT seq, key FROM roster WHERE lane = ? AND seq IN ({marks})"  # noqa: S608
            found.update(db.execute(query, (lane, *part)))
        return found

    def holders(self, round_id: str, digests: Sequence[bytes]) -> Holders:
        """Return who was first at an address: digest -> (lane, seq), for those seen before."""
        if not self._is_there(round_id):
            return {}
        db = self._of(round_id)
        try:
            first = self._first.get(round_id) or FirstHolders(db)
            self._first[round_id] = first
            return first.of(digests)
        except sqlite3.Error:  # the index may be half written: it is made anew
            self._close(round_id)
            raise

    def _forget_index(self, round_id: str) -> None:
        if (first := self._first.pop(round_id, None)) is not None:
            first.close()

    def _close(self, round_id: str) -> None:
        self._first.pop(round_id, None)
        db = self._open.pop(round_id, None)
        if db is not None:
            db.close()

    def drop(self, round_id: str) -> None:
        """Delete a round's roster."""
        self._close(round_id)
        for suffix in ("", "-wal", "-shm"):
            self._path(round_id).with_name(self._path(round_id).name + suffix).unlink(
                missing_ok=True
            )

    def close(self) -> None:
        """Close all files."""
        for round_id in tuple(self._open):
            self._close(round_id)


def _insert(
    db: sqlite3.Connection, verb: str, rows: Sequence[tuple[str, int, str] | tuple[bytes, str, int]]
) -> None:
    """Insert rows of three values, many with each statement: a step each costs more than a row.

    None of them can be undone alone, for which SQLite would copy each page before it is touched.
    """
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        marks = ", ".join(["(?, ?, ?)"] * len(part))
        db.execute(f"{verb} VALUES {marks}", list(chain.from_iterable(part)))
