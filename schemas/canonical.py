"""Canonical bytes and Merkle trees: the ground that every hash in the ledger stands on.

Canonical bytes are RFC 8785 (JCS) JSON without floats: keys sorted by UTF-16 code units, no
white space, UTF-8. The Merkle tree is the one of RFC 6962 section 2.1.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum

import orjson

_MAX_SAFE = 2**53 - 1
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode

EMPTY_ROOT = hashlib.sha256(b"").digest()


def instant(value: datetime) -> str:
    """Write an aware datetime as UTC with microseconds: `2026-11-24T17:34:53.000000Z`."""
    if value.tzinfo is None:
        message = "a naive datetime has no place in the ledger: give it a time zone"
        raise ValueError(message)
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_instant(text: str) -> datetime:
    """Read what `instant` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _plain(value: object) -> object:  # noqa: PLR0911  # one return per kind of value
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | str():
            return value
        case int():
            if abs(value) > _MAX_SAFE:
                message = f"{value} is beyond the integers that JSON keeps exactly"
                raise ValueError(message)
            return value
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case Mapping():
            keys = sorted((str(k) for k in value), key=lambda k: k.encode("utf-16-be"))
            by_name = {str(k): v for k, v in value.items()}
            return {k: _plain(by_name[k]) for k in keys}
        case set() | frozenset():
            return sorted(_plain(v) for v in value)  # type: ignore[type-var]  # sets of scalars
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [_plain(v) for v in value]
        case _:
            message = f"{type(value).__name__} has no canonical form"
            raise TypeError(message)


def canonical(value: object) -> bytes:
    """Return the canonical bytes of mappings, sequences, text, integers and times."""
    return _encode(_plain(value)).encode()


def canonical_row(row: Sequence[str | int | Sequence[Sequence[str | int | None]] | None]) -> bytes:
    """Return the canonical bytes of a row of scalars and of tuples of them, without the walk."""
    # A copy: what orjson returns takes 4 KiB, however short, and rows are kept by the thousand.
    return b"%b" % orjson.dumps(row)


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class MerkleTree:
    """An RFC 6962 tree that grows leaf by leaf and remembers only its log2(n) peaks.

    The peaks fit in a checkpoint, so a resolution of ten million people can stop anywhere and go
    on to the same root.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Start empty, or from the `size` and `peaks` that an earlier tree gave."""
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, largest first."""
        return tuple(self._peaks)

    def append(self, data: bytes) -> None:
        """Add one leaf, given as its canonical bytes."""
        self.extend((data,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves in their order, each given as its canonical bytes."""
        sha256, peaks, size = hashlib.sha256, self._peaks, self.size
        for data in leaves:
            node, left = sha256(b"\x00" + data).digest(), size
            while left & 1:
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                left >>= 1
            peaks.append(node)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """Return the tree's root; SHA-256 of nothing when it is empty."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = _node(peak, node)
        return node


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """Return the Merkle root of leaves given as canonical bytes, in the order given."""
    tree = MerkleTree()
    tree.extend(leaves)
    return tree.root()
