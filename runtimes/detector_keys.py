"""The key pair with which a detector signs: made here, the public half registered in the ledger."""

from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.signing import key_pem, public_key, public_key_text


class KeyPair(NamedTuple):
    """A new key pair, as texts."""

    private_pem: str
    public_text: str


def new_key_pair() -> KeyPair:
    """Make an Ed25519 key pair."""
    key = Ed25519PrivateKey.generate()
    return KeyPair(key_pem(key).decode("ascii"), public_key_text(key))


def checked_public_key(text: str) -> str:
    """Return a public key's text if it is one. Raises InvalidInput otherwise."""
    try:
        public_key(text)
    except InvalidInput as refused:
        raise InvalidInput(refused.message, field="--public-key", fix=refused.fix) from None
    return text
