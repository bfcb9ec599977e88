"""The chain of one incident: each link binds the facts of one commit to all before it.

    hash(n) = SHA-256(canonical [incident, n, at, about, rows, root, hash(n-1)])

`root` is the root of the hash list of the link's facts, sorted by their canonical bytes.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from tocsin.schemas.canonical import canonical_row, list_root, sha256_hex

GENESIS = "0" * 64
SYSTEM = "system"
"""The chain of what belongs to no incident: principals, access."""


class Signer(Protocol):
    """Signs the head of a chain with a key that is not in the database."""

    def sign(self, data: bytes) -> str:
        """Return the signature in hexadecimal."""
        ...

    def verifies(self, data: bytes, signature: str) -> bool:
        """Whether `signature` is ours over `data`."""
        ...


class Link(NamedTuple):
    """One link, as it stands in the ledger."""

    incident: str
    n: int
    at: str
    about: str
    rows: int
    root: str
    previous: str
    hash: str
    signature: str


def root_of(leaves: Iterable[bytes]) -> str:
    """Return the root over a link's facts, whatever order they come in."""
    return list_root(sorted(leaves)).hex()


def link_hash(fields: Sequence[str | int]) -> str:
    """Return the hash of a link from its first seven fields."""
    return sha256_hex(canonical_row(fields))


def forge(
    *,
    incident: str,
    n: int,
    at: str,
    about: str,
    leaves: Sequence[bytes],
    previous: str,
    signer: Signer,
) -> Link:
    """Make link `n` of an incident's chain from the facts of one commit."""
    fields = (incident, n, at, about, len(leaves), root_of(leaves), previous)
    digest = link_hash(fields)
    return Link(*fields, digest, signer.sign(digest.encode()))
