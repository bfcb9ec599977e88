"""How many people share an address with somebody, counted without keeping the addresses."""

import hashlib
import secrets
import sqlite3
from types import TracebackType
from typing import Self


class Sharing:
    """Counts addresses by a digest whose key nobody has afterwards, in a file that has no name.

    Addresses are compared without regard to case and surrounding blanks.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._seen = sqlite3.connect("", isolation_level=None)

    def __enter__(self) -> Self:
        """Begin to count."""
        self._seen.execute("CREATE TABLE seen (address BLOB PRIMARY KEY, people INT) WITHOUT ROWID")
        self._seen.execute("BEGIN")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forget what was counted."""
        self._seen.close()

    def add(self, email: str | None) -> None:
        """Count one person's address."""
        if email is None:
            return
        text = email.strip().lower().encode()
        digest = hashlib.blake2b(text, key=self._key, digest_size=16).digest()
        self._seen.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET people = people + 1", [digest]
        )

    def people(self) -> int:
        """Return how many of the people counted share their address with another one."""
        query = "SELECT coalesce(sum(people), 0) FROM seen WHERE people > 1"
        return int(self._seen.execute(query).fetchone()[0])
