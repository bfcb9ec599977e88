"""The file that an organisation lays down: which one a URL names, and whether it has changed."""

import hashlib
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tocsin.schemas.errors import InvalidInput, Unavailable

CSV_ENDINGS = frozenset({".csv", ".tsv", ".txt"})
PARQUET_ENDINGS = frozenset({".parquet", ".pq"})
_SETTLED_NS = 2_000_000_000
"""A file written so long ago cannot be written again without another time on it."""


class Stamp(NamedTuple):
    """What a file system says of a file's state, without its content being read."""

    size: int
    changed_ns: int
    moved_ns: int
    inode: int

    def is_settled(self) -> bool:
        """Whether the same stamp later means the same content."""
        return time.time_ns() - max(self.changed_ns, self.moved_ns) > _SETTLED_NS


def path_of(url: str) -> Path:
    """Return the file that `file:///srv/people.csv` or `file:people.csv` names.

    Raises:
        InvalidInput: it is on another machine, or its ending is that of no format.

    """
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"} or parts.query or parts.fragment:
        message = "a file of this machine has no host and no question mark in its address"
        raise InvalidInput(message, field="directory.url", fix="write file:///srv/people.csv")
    path = Path(unquote(parts.path))
    if path.suffix.lower() not in CSV_ENDINGS | PARQUET_ENDINGS:
        endings = ", ".join(sorted(CSV_ENDINGS | PARQUET_ENDINGS))
        message = f"the ending of {path.name!r} is that of no format of a directory"
        raise InvalidInput(message, field="directory.url", fix=f"name a file in {endings}")
    return path


def stamp_of(path: Path) -> Stamp:
    """Return the state of a file.

    Raises:
        InvalidInput: there is no such file.

    """
    try:
        found = path.stat()
    except OSError:
        message = f"there is no directory file {path.name!r} that can be read"
        raise InvalidInput(message, field="directory.url", fix="check the path") from None
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, hex.

    Raises:
        Unavailable: the file cannot be read now.

    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"the directory file cannot be read ({type(error).__name__})"
        fix = "let this user read it, then try again"
        raise Unavailable(message, field="directory.url", fix=fix) from None
