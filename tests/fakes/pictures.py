"""Reads the pictures that Typst draws: PNG, 8 bits, RGBA, not interlaced (RFC 2083)."""

import struct
import zlib
from typing import NamedTuple

_BYTES = 4
_MM_PER_INCH = 25.4


class Picture(NamedTuple):
    """A page in grey, row by row: 0 is black, 255 white."""

    rows: tuple[bytes, ...]
    ppi: float

    def ink(self, left: float, top: float, right: float, bottom: float) -> int:
        """Return how many points of a rectangle are not white; millimetres from the top left."""
        x0, y0, x1, y1 = (round(mm / _MM_PER_INCH * self.ppi) for mm in (left, top, right, bottom))
        return sum(sum(grey < 250 for grey in row[x0:x1]) for row in self.rows[y0:y1])


def picture(png: bytes, ppi: float) -> Picture:
    """Read a picture; its green stands for its grey."""
    place, data, width = 8, b"", 0
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, body = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, _, *how = struct.unpack(">IIBBBBB", body)
            assert how == [8, 6, 0, 0, 0]
        data += body if kind == b"IDAT" else b""
        place += 12 + length
    raw, stride = zlib.decompress(data), width * _BYTES + 1
    rows: list[bytes] = []
    above = bytearray(width)
    for start in range(0, len(raw), stride):
        row = bytearray(raw[start + 2 : start + stride : _BYTES])  # each colour is filtered alone
        _unfilter(raw[start], row, above)
        rows.append(bytes(row))
        above = row
    return Picture(tuple(rows), ppi)


def _unfilter(kind: int, row: bytearray, above: bytearray) -> None:
    left = corner = 0
    for n, over in enumerate(above):
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = over
        elif kind == 3:
            guess = (left + over) // 2
        else:
            guess = _paeth(left, over, corner) if kind else 0
        left = row[n] = (row[n] + guess) & 0xFF
        corner = over


def _paeth(left: int, above: int, corner: int) -> int:
    to_left, to_above = abs(above - corner), abs(left - corner)
    to_corner = abs(left + above - 2 * corner)
    if to_left <= to_above and to_left <= to_corner:
        return left
    return above if to_above <= to_corner else corner
