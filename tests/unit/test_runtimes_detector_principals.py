"""A detector is a principal: known by its key, on record, and never one who decides."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tocsin.ledger import reads
from tocsin.ledger.principals import detector_keys, principals
from tocsin.rules.permission import allowed, check_roles
from tocsin.runtimes.detector_keys import checked_public_key, new_key_pair
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed
from tocsin.schemas.principal import CommandType, Principal, Role
from tocsin.schemas.signing import private_key, public_key_text

from fakes.deployment import deployment, person
from fakes.promises import run

KEY = Ed25519PrivateKey.from_private_bytes(b"d" * 32)
TEXT = public_key_text(KEY)
PEOPLE = [person(1)]


def detector(name: str, *more: Role) -> Principal:
    return Principal(name=name, roles=frozenset({Role.DETECTOR, *more}))


def test_a_detectors_key_is_known_until_it_is_revoked(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            door, ledger = d.runtime.door, d.runtime.ledger
            await door.add_principal(d.raiser, detector("scanner"), key=TEXT)
            await door.add_principal(d.raiser, detector("keyless"))
            known = await ledger.ask(detector_keys)
            assert {name: key.public_bytes_raw() for name, key in known.items()} == {
                "scanner": KEY.public_key().public_bytes_raw()
            }
            await door.revoke_principal(d.raiser, "scanner")
            assert await ledger.ask(detector_keys) == {}
            with pytest.raises(Conflict):
                await door.add_principal(d.raiser, detector("scanner"), key=TEXT)

    run(main())


def test_the_chain_names_the_key_that_was_registered(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            await d.runtime.door.add_principal(d.raiser, detector("scanner"), key=TEXT)
            told = await d.runtime.ledger.ask(reads.history, "system", FactKind.PRINCIPAL)
            assert [body for _, name, body in told if name == "scanner"] == [
                {"what": "added", "roles": ["detector"], "public_key": TEXT}
            ]
            assert all("public_key" not in body for _, name, body in told if name != "scanner")

    run(main())


@pytest.mark.parametrize("role", [Role.APPROVE, Role.OPERATE, Role.ADMIN])
def test_a_machine_is_never_given_what_a_person_decides(tmp_path: Path, role: Role) -> None:
    with pytest.raises(InvalidInput, match="a detector is a machine") as refused:
        check_roles(frozenset({Role.DETECTOR, role}))
    assert refused.value.field == "roles"

    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            with pytest.raises(InvalidInput, match="a detector is a machine"):
                await d.runtime.door.add_principal(d.raiser, detector("robot", role), key=TEXT)
            known = await d.runtime.ledger.ask(principals)
            assert "robot" not in {p.name for p in known}

    run(main())


def test_people_may_hold_any_roles_and_a_detector_may_look() -> None:
    check_roles(frozenset(Role) - {Role.DETECTOR})
    check_roles(frozenset({Role.DETECTOR, Role.VIEW}))


def test_a_detector_alone_can_do_nothing_but_raise() -> None:
    for command in set(CommandType) - {CommandType.RAISE_INCIDENT}:
        with pytest.raises(NotAllowed):
            allowed(detector("scanner"), command, hands=frozenset())


def test_only_a_detector_has_a_key(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            person_ = Principal(name="eve", roles=frozenset({Role.VIEW}))
            with pytest.raises(InvalidInput, match="only a detector signs"):
                await d.runtime.door.add_principal(d.raiser, person_, key=TEXT)

    run(main())


def test_a_new_key_pair_belongs_together_and_is_new() -> None:
    pair, other = new_key_pair(), new_key_pair()
    assert public_key_text(private_key(pair.private_pem.encode())) == pair.public_text
    assert pair.public_text != other.public_text
    assert checked_public_key(pair.public_text) == pair.public_text
    with pytest.raises(InvalidInput) as refused:
        checked_public_key("AAAA")
    assert refused.value.field == "--public-key"
