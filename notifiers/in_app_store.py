"""In-app notices until they are fetched: a SQLite file of its own, removed round by round.

It holds no account, only a keyed digest of one, and the notices' words.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from tocsin.schemas.errors import Unavailable

_TABLE = """
CREATE TABLE IF NOT EXISTS notices (
  code TEXT PRIMARY KEY, round TEXT NOT NULL, account TEXT NOT NULL, content BLOB NOT NULL,
  delivered INTEGER NOT NULL DEFAULT 0, confirmed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS notices_by_account ON notices (account);
CREATE INDEX IF NOT EXISTS notices_by_round ON notices (round);
"""
_WAIT_S = 10.0


class Kept(NamedTuple):
    """A notice as the store holds it: under its return code, for the digest of an account."""

    code: str
    round: str
    account: str
    content: bytes
    delivered: bool = False
    confirmed: bool = False

    def __repr__(self) -> str:
        return f"Kept({self.code})"


class InAppStore:
    """The notices that wait for their people. Any number of processes share the file.

    Every method raises Unavailable when the file cannot be read or written now.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> None:
        """Make the file, readable by its owner alone."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        with self._connected() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_TABLE)

    def put(self, notices: Sequence[Kept]) -> None:
        """Keep notices: durable when this returns. A known code changes nothing."""
        rows = [(each.code, each.round, each.account, each.content) for each in notices]
        with self._connected() as db:
            db.executemany(
                "INSERT INTO notices (code, round, account, content) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (code) DO NOTHING",
                rows,
            )

    def of(self, account: str) -> tuple[Kept, ...]:
        """Return the notices of the account with this digest, by their codes."""
        with self._connected() as db:
            found = db.execute(
                "SELECT code, round, account, content, delivered, confirmed FROM notices"
                " WHERE account = ? ORDER BY code",
                (account,),
            ).fetchall()
        return tuple(Kept(c, r, a, words, bool(d), bool(y)) for c, r, a, words, d, y in found)

    def note_delivered(self, codes: Sequence[str]) -> None:
        """Note that notices were fetched and that it is on record."""
        with self._connected() as db:
            db.executemany("UPDATE notices SET delivered = 1 WHERE code = ?", [(c,) for c in codes])

    def note_confirmed(self, code: str) -> None:
        """Note that a notice was confirmed and that it is on record."""
        with self._connected() as db:
            db.execute("UPDATE notices SET delivered = 1, confirmed = 1 WHERE code = ?", (code,))

    def forget(self, round_id: str) -> int:
        """Remove what was kept for a round, overwritten, and return how many notices that was."""
        with self._connected() as db:
            removed = db.execute("DELETE FROM notices WHERE round = ?", (round_id,)).rowcount
        with self._connected() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return removed

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection within one transaction, closed behind it: threads share none."""
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as db:
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA secure_delete = ON")
                with db:
                    yield db
        except sqlite3.OperationalError:
            message = "the store of in-app notices cannot be used now"
            fix = "check the file, its folder and the space on the disk"
            raise Unavailable(message, field="in_app.database", fix=fix) from None
