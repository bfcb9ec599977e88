"""Principals and their tokens: the ledger keeps a hash, never the token."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row, select, update
from tocsin.ledger.tables import principal
from tocsin.schemas.errors import Conflict, NotFound
from tocsin.schemas.principal import Principal, Role
from tocsin.schemas.signing import public_key


def token_hash(token: str) -> str:
    """Return the SHA-256 of a token: tokens are 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _principal(row: Row[tuple[str, str, str, int, str]]) -> Principal:
    return Principal(
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles.split()),
        revoked=bool(row.revoked),
    )


def principals(db: Connection) -> Sequence[Principal]:
    """Return all principals by name, revoked ones too."""
    return [_principal(row) for row in db.execute(select(principal).order_by(principal.c.name))]


def by_token(db: Connection, token: str) -> Principal | None:
    """Return the active principal of a token, or None."""
    digest = token_hash(token)
    row = db.execute(select(principal).where(principal.c.token_hash == digest)).first()
    if row is None or row.revoked or not hmac.compare_digest(row.token_hash, digest):
        return None
    return _principal(row)


def detector_keys(db: Connection) -> Mapping[str, Ed25519PublicKey]:
    """Return active detector -> the key by which its events are known, of those that have one."""
    registered = select(principal).where(principal.c.revoked == 0, principal.c.public_key != "")
    return {
        row.name: public_key(row.public_key)
        for row in db.execute(registered)
        if Role.DETECTOR in _principal(row).roles
    }


def add(db: Connection, new: Principal, token: str, *, key: str = "") -> None:
    """Add a principal; within a transaction. `key`: a detector's public key, as text."""
    if db.execute(select(principal.c.name).where(principal.c.name == new.name)).first():
        message = f"there is a principal {new.name} already"
        raise Conflict(message, field="principal", fix="choose another name, or revoke it first")
    values = {
        "name": new.name,
        "roles": " ".join(sorted(new.roles)),
        "token_hash": token_hash(token),
        "revoked": 0,
        "public_key": key,
    }
    db.execute(principal.insert().values(values))


def revoke(db: Connection, name: str) -> None:
    """Make a principal's token and key worthless; within a transaction."""
    result = db.execute(update(principal).where(principal.c.name == name).values(revoked=1))
    if not result.rowcount:
        message = f"there is no principal {name}"
        raise NotFound(message, field="principal", fix="`tocsin principal list` shows them")
