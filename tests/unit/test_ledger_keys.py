"""Keys live beside the ledger: private, drawn once, and gone when they are destroyed."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from hmac import digest
from pathlib import Path

import pytest
from tocsin.ledger.keys import KeyRing
from tocsin.schemas.errors import NotFound
from tocsin.schemas.identifiers import keyed_digest

ROUND = "INC-1/r1"


def test_every_key_is_256_bits_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    keys = KeyRing(tmp_path / "keys")
    drawn = [keys.create(ROUND), keys.create("INC-1/r2"), keys.create("INC-2/r1")]
    assert len({*drawn}) == 3
    assert {len(key) for key in drawn} == {32}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
    assert len(modes) == 4
    assert set(modes.values()) == {0o600}


def test_many_workers_that_start_at_once_share_the_keys_of_the_first(tmp_path: Path) -> None:
    def start(_n: int) -> tuple[bytes, str]:
        keys = KeyRing(tmp_path / "keys")
        return keys.create(ROUND), keys.sign(b"head")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(40)))) == 1
    assert not [p for p in (tmp_path / "keys").iterdir() if p.name.startswith(".")]


def test_a_signature_holds_for_its_own_data_and_key_alone(tmp_path: Path) -> None:
    ours, others = KeyRing(tmp_path / "ours"), KeyRing(tmp_path / "others")
    signature = ours.sign(b"head")
    assert KeyRing(tmp_path / "ours").verifies(b"head", signature)
    assert not ours.verifies(b"heads", signature)
    assert not others.verifies(b"head", signature)
    assert not ours.verifies(b"head", signature[:-2])
    assert not ours.verifies(b"head", "no hexadecimal")


def test_a_destroyed_key_is_found_nowhere_and_its_pseudonyms_cannot_be_made_again(
    tmp_path: Path,
) -> None:
    keys = KeyRing(tmp_path / "keys")
    drawn = keys.create(ROUND)
    pseudonym = keyed_digest(drawn, "customer-7")
    assert pseudonym == digest(drawn, b"customer-7", sha256).hex()
    keys.destroy(ROUND)
    keys.destroy(ROUND)
    with pytest.raises(NotFound) as refusal:
        keys.of(ROUND)
    assert refusal.value.field == "ledger.keys"
    left = b"".join(path.read_bytes() for path in (tmp_path / "keys").iterdir())
    assert drawn not in left
    assert keyed_digest(keys.create(ROUND), "customer-7") != pseudonym
