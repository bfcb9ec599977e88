"""Quoted-printable bodies whose lines can stand anywhere in a message (RFC 2045 section 6.7).

Stricter than the standard asks: no line begins with a dot (RFC 5321 section 4.5.2) or with `From `
(mbox), so that nothing between us and the reader has a reason to touch a line.
"""

_LONGEST = 76
_PLAIN = frozenset(range(0x21, 0x7F)) - {ord("=")}
_ENCODED = tuple(chr(n) if n in _PLAIN else f"={n:02X}" for n in range(256))


def encode(text: str) -> bytes:
    """Return text as quoted-printable ASCII with CRLF line ends; any line end counts as one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\r\n".join(map(_line, lines)).encode("ascii")


def _line(line: str) -> str:
    rows: list[str] = []
    row = ""
    for character in line:
        octets = " " if character == " " else "".join(_ENCODED[b] for b in character.encode())
        if len(row) + len(octets) >= _LONGEST:
            rows.append(row)
            row = ""
        row += _at_start(octets) if not row else octets
    if row.endswith(" "):
        row = row[:-1] + "=20"
    rows.append(row)
    return "=\r\n".join(_from_safe(row) for row in rows)


def _at_start(octets: str) -> str:
    return "=2E" if octets == "." else octets


def _from_safe(row: str) -> str:
    return f"=46{row[1:]}" if row.startswith("From ") else row
