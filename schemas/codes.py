"""Codes of a pool, such as a monitoring company sells: one for each who is told, from a range."""

from typing import NamedTuple

CODE = r"[A-Z0-9-]{6,40}"
"""What a code looks like."""
LONGEST_CODE = 40
POOL_NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"
"""What a pool may be called."""
SAMPLE_CODE = "SAMPLE-CODE"
"""What a test send and the preview show in place of a code; it is in no pool that is sold."""


def sample_code(place: int) -> str:
    """Return what a drill tells in place of a code: another one for each, and none of a pool."""
    return f"SAMPLE-{place:07d}"


class CodeRange(NamedTuple):
    """Codes of a pool that one round has, and no other ever."""

    pool: str
    first: int
    """Place in the pool's file, from 0; blank lines do not count."""
    size: int
    digest: str
    """HMAC-SHA-256(pool's key, the pool's codes from its first to the last of the range), hex.

    It covers what was given before as well: a file in which any of it was changed, moved or taken
    out is another file, and nothing is given from it.
    """

    @property
    def end(self) -> int:
        """The place after the last."""
        return self.first + self.size
