"""Keys that live outside the database: one per round, and the one that signs the chain's heads.

Destroying a round's key makes its pseudonyms unlinkable, while the chain still verifies.
"""

import glob
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tocsin.schemas.errors import NotFound

_KEY_BYTES = 32


def _create_once(path: Path, content: bytes) -> None:
    """Write a new private file whole or not at all; leave it be when another process was first."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def round_keys_in(folder: Path, incident_id: str) -> dict[str, bytes]:
    """Return the keys of an incident's rounds, by round; makes nothing, and needs no ledger."""
    found = {}
    for path in folder.glob(f"round-{glob.escape(incident_id)}.r*.key"):
        number = path.name.removesuffix(".key").rpartition(".r")[2]
        if number.isdecimal():
            found[f"{incident_id}/r{number}"] = path.read_bytes()
    return dict(sorted(found.items(), key=lambda pair: int(pair[0].rpartition("/r")[2])))


class KeyRing:
    """A folder of key files, mode 0600."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, making it and the signing key when they are not there."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        signing = folder / "signing.key"
        if not signing.exists():
            _create_once(signing, secrets.token_bytes(_KEY_BYTES))
        self._signing = Ed25519PrivateKey.from_private_bytes(signing.read_bytes())

    def _path(self, round_id: str) -> Path:
        return self._folder / f"round-{round_id.replace('/', '.')}.key"

    def create(self, round_id: str) -> bytes:
        """Return a round's key, drawing it on first use."""
        path = self._path(round_id)
        if not path.exists():
            _create_once(path, secrets.token_bytes(_KEY_BYTES))
        return path.read_bytes()

    def of(self, round_id: str) -> bytes:
        """Return a round's key; NotFound once it was destroyed."""
        try:
            return self._path(round_id).read_bytes()
        except FileNotFoundError:
            message = f"the key of round {round_id} is not there (destroyed, or another key folder)"
            raise NotFound(message, field="ledger.keys") from None

    def destroy(self, round_id: str) -> None:
        """Destroy a round's key: its pseudonyms can no longer be linked to anyone."""
        path = self._path(round_id)
        if path.exists():
            path.write_bytes(bytes(_KEY_BYTES))
            path.unlink()

    def sign(self, data: bytes) -> str:
        """Return the Ed25519 signature of a chain's head (RFC 8032), hex."""
        return self._signing.sign(data).hex()

    def verifies(self, data: bytes, signature: str) -> bool:
        """Whether this key made `signature` over `data`."""
        try:
            self._signing.public_key().verify(bytes.fromhex(signature), data)
        except (InvalidSignature, ValueError):
            return False
        return True
