"""A file of codes, one a line, as it is bought: read whole, and never quoted in an error."""

import hmac
import os
import re
import stat
from array import array
from collections.abc import Iterator
from pathlib import Path

from tocsin.schemas.codes import CODE
from tocsin.schemas.errors import InvalidInput

_CODE = re.compile(CODE.encode("ascii"))
_PRIVATE = 0o077


class CodeFile:
    """Codes in the order of their file. Its repr holds none of them."""

    def __init__(self, codes: Iterator[bytes]) -> None:
        """Keep the codes one after the other: a million of 16 characters are 26 MB (measured)."""
        content, starts = bytearray(), array("Q", [0])
        for code in codes:
            content += code + b"\n"
            starts.append(len(content))
        self._content = bytes(content)
        self._starts = starts

    def __len__(self) -> int:
        """Return how many codes it holds."""
        return len(self._starts) - 1

    def __repr__(self) -> str:
        """Return how many codes it holds, and none of them."""
        return f"CodeFile({len(self)})"

    def code(self, place: int) -> str:
        """Return the code at a place from 0."""
        start, after = self._starts[place : place + 2]
        return self._content[start : after - 1].decode("ascii")

    def digest(self, key: bytes, end: int) -> str:
        """Return HMAC-SHA-256 of the codes before a place, hex; empty where it holds fewer."""
        if end > len(self):
            return ""
        return hmac.digest(key, self._content[: self._starts[end]], "sha256").hex()

    def shares(self, other: "CodeFile") -> bool:
        """Whether a code stands in both."""
        return not self._codes().isdisjoint(other._codes())  # noqa: SLF001  # one of its own kind

    def _codes(self) -> set[bytes]:
        return set(self._content.split())


def read_code_file(path: Path, *, field: str) -> CodeFile:
    """Read a file of codes: 6 to 40 capital letters, digits and hyphens, one a line.

    White space around a code and blank lines are passed over.

    Raises:
        InvalidInput: it is not there, no regular file or open to others than its owner, or a line
            is no code or says the same as another; `field` names the pool, the message the line.

    """
    return CodeFile(_codes(_content(path, field), field))


def _content(path: Path, field: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would be waited for
    except OSError:
        message = "the file of codes cannot be read"
        raise InvalidInput(message, field=field, fix="name a readable file") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        message = "the codes are not in a regular file"
        raise InvalidInput(message, field=field, fix="name a file with one code a line")
    with os.fdopen(descriptor, "rb") as file:
        if found.st_mode & _PRIVATE:
            message = "others may read or change the file of codes"
            raise InvalidInput(message, field=field, fix=f"chmod 600 {path.name}")
        return file.read()


def _codes(content: bytes, field: str) -> Iterator[bytes]:
    lines: dict[bytes, int] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        code = line.strip()
        if not code:
            continue
        if not _CODE.fullmatch(code):
            message = f"line {number} of the file of codes is no code"
            fix = "write 6 to 40 capital letters, digits and hyphens, one code a line"
            raise InvalidInput(message, field=field, fix=fix)
        if lines.setdefault(code, number) != number:
            message = f"lines {lines[code]} and {number} of the file hold the same code"
            raise InvalidInput(message, field=field, fix="leave one of them out")
        yield code
