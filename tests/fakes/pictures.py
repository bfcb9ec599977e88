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
    raw, stride = zlib.decompress(data), width * _BYTES
    rows, above = [], bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        above = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above)
        rows.append(bytes(above[1::_BYTES]))
    return Picture(tuple(rows), ppi)


def _unfiltered(kind: int, row: bytearray, above: bytearray) -> bytearray:
    for n in range(len(row)):
        left = row[n - _BYTES] if n >= _BYTES else 0
        corner = above[n - _BYTES] if n >= _BYTES else 0
        guess = (0, left, above[n], (left + above[n]) // 2, _paeth(left, above[n], corner))[kind]
        row[n] = (row[n] + guess) & 0xFF
    return row


def _paeth(left: int, above: int, corner: int) -> int:
    return min(
        (left, above, corner),
        key=lambda each: (abs(left + above - corner - each), (left, above, corner).index(each)),
    )
