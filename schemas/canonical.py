"""Canonical bytes and hash lists: the ground that every hash in the ledger stands on.

Canonical bytes are RFC 8785 (JCS) JSON without floats: keys sorted by UTF-16 code units, no
white space, UTF-8. A hash list is a Merkle tree of one level: the root is a hash over the hashes of
its leaves, so that one leaf can be shown to belong to it by the hashes of the others alone.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum

import orjson

_MAX_SAFE = 2**53 - 1
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


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


def canonical_row(row: Sequence[str | int | Sequence[str | int | None] | None]) -> bytes:
    """Return the canonical bytes of a row of scalars and of tuples of them, without the walk."""
    # A copy: what orjson returns takes 4 KiB, however short, and rows are kept by the thousand.
    return b"%b" % orjson.dumps(row)


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def list_root(leaves: Iterable[bytes]) -> bytes:
    """Return the root of leaves given as canonical bytes, in the order given.

    SHA-256(0x01, SHA-256(0x00, leaf) ...): no leaf can pass for a root (RFC 6962 section 2.1).
    """
    sha256 = hashlib.sha256
    return sha256(b"\x01" + b"".join([sha256(b"\x00" + leaf).digest() for leaf in leaves])).digest()
