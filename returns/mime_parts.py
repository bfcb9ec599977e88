"""A message cut into its parts (RFC 5322, RFC 2045, RFC 2046), bounded and without an error.

Bounces come from anybody. What is not well formed is cut as far as it can be: there is no input
that raises, and none that costs more than a few passes over `LONGEST` bytes.
"""

import binascii
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

LONGEST = 1 << 20
"""Bytes that are looked at; the rest is left out."""
DEEPEST = 5
"""Multiparts within multiparts."""
MOST_PARTS = 50

_HEADERS_AT_MOST = 64 * 1024
_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_PARAMETER = re.compile(
    r';\s*([a-z0-9-]{1,40})\s*=\s*(?:"([^"]{0,200})"|([^\s;"]{1,200}))', re.IGNORECASE
)
_CHARSET = re.compile(
    r"us-ascii|utf-?8|iso-?8859-\d{1,2}|windows-\d{3,4}|koi8-[ru]|gb2312|gbk|gb18030|big5|"
    r"shift_jis|euc-(?:jp|kr)|iso-2022-(?:jp|kr)",
    re.IGNORECASE,
)
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


class Part(NamedTuple):
    """One part: its own header fields and its body, still encoded. Its repr shows neither."""

    fields: Mapping[str, str]
    """Names in lower case; the first of each name counts."""
    body: bytes
    within: str = ""
    """The type of the multipart around it."""

    def __repr__(self) -> str:
        return f"Part({self.kind})"

    @property
    def kind(self) -> str:
        """The media type in lower case, `text/plain` where none is named."""
        kind = self.fields.get("content-type", "").partition(";")[0].strip().lower()
        return kind if "/" in kind else "text/plain"

    def parameter(self, name: str) -> str:
        """Return a parameter of the content type, empty where there is none."""
        for found in _PARAMETER.finditer(self.fields.get("content-type", "")[:2000]):
            if found[1].lower() == name:
                return found[2] or found[3] or ""
        return ""

    def content(self) -> bytes:
        """Return the body with its transfer encoding undone (RFC 2045 section 6)."""
        encoding = self.fields.get("content-transfer-encoding", "").strip().lower()
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        if encoding == "base64":
            letters = self.body.translate(None, _NOT_BASE64)
            return binascii.a2b_base64(letters[: len(letters) // 4 * 4] + _rest(letters))
        return self.body

    def text(self) -> str:
        """Return the content as text in its charset, or in UTF-8 where that is no known one."""
        charset = self.parameter("charset")
        known = charset if _CHARSET.fullmatch(charset) else "utf-8"
        try:
            return self.content().decode(known, "replace")
        except LookupError:  # of that family, but this member does not exist
            return self.content().decode("utf-8", "replace")


def _rest(letters: bytes) -> bytes:
    """Return the last, incomplete group of base64 with its padding; one letter alone is nothing."""
    rest = letters[len(letters) // 4 * 4 :]
    return rest.ljust(4, b"=") if len(rest) > 1 else b""


def fields_of(text: str) -> dict[str, str]:
    """Return the header fields of a text, unfolded; lines that are none are left out."""
    found: dict[str, str] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", text).splitlines():
        field = _FIELD.fullmatch(line)
        if field is not None:
            found.setdefault(field[1].lower(), field[2].strip())
    return found


def _part(content: bytes, within: str = "") -> Part:
    if content.startswith((b"\n", b"\r\n")):  # no header at all
        return Part({}, content.lstrip(b"\r\n"), within)
    blank = _BLANK_LINE.search(content[:_HEADERS_AT_MOST])
    end, start = blank.span() if blank else (min(len(content), _HEADERS_AT_MOST), len(content))
    return Part(fields_of(content[:end].decode("utf-8", "replace")), content[start:], within)


def whole(content: bytes) -> Part:
    """Return the message itself as a part."""
    return _part(content[:LONGEST])


def leaves(part: Part) -> tuple[Part, ...]:
    """Return the parts that are no multiparts, in their order; enclosed messages stay closed."""
    found: list[Part] = []
    for leaf in _leaves(part, 0):
        found.append(leaf)
        if len(found) == MOST_PARTS:
            break
    return tuple(found)


def _leaves(part: Part, depth: int) -> Iterator[Part]:
    boundary = part.parameter("boundary")
    if not (part.kind.startswith("multipart/") and boundary):
        yield part
        return
    if depth == DEEPEST:
        return
    line = re.compile(
        rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?:\r?\n|\Z)"
    )
    start = None
    for count, found in enumerate(line.finditer(part.body)):
        if start is not None:
            yield from _leaves(_part(part.body[start : found.start()], part.kind), depth + 1)
        start = found.end()
        if found[1] or count == MOST_PARTS:
            return
    if start is not None:  # cut off before its last boundary
        yield from _leaves(_part(part.body[start:], part.kind), depth + 1)
