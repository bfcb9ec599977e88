"""Where the ledger is: files or PostgreSQL, a password from the environment, plain refusals."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tocsin.runtimes.embedded import embedded
from tocsin.runtimes.overview import known_principals
from tocsin.runtimes.settings import LedgerSection, read_settings
from tocsin.runtimes.soundness import Grade, examine
from tocsin.schemas.errors import Conflict, InvalidInput, Unavailable

from fakes.deployment import person, principals, settings, write_people
from fakes.postgres import schema_of

CONFIG = """
[[organisations]]
id = "example"
legal_name = "Example Trading GmbH"
brand = "Example"
site = "example.com"
postal_address = "1 Example Street, 10115 Berlin"
country = "DE"
contact_email = "privacy@example.com"
sender_email = "notices@example.com"

[directory]
url = "sqlite:///people.db"
table = "people"
key = "id"
email = "email"

[[relays]]
host = "127.0.0.1"

[ledger]
"""


def ledger_of(folder: Path, section: str) -> LedgerSection:
    path = folder / "tocsin.toml"
    path.write_text(CONFIG + section)
    return read_settings(path).ledger


def test_a_password_comes_from_the_environment_and_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_PASSWORD", "hunter2")
    place = ledger_of(tmp_path, 'url = "postgresql://tocsin:${LEDGER_PASSWORD}@db/ledger"')
    assert place.url is not None
    assert place.url.get_secret_value() == "postgresql://tocsin:hunter2@db/ledger"
    assert "hunter2" not in repr(place)
    assert place.keys == tmp_path / "tocsin-data/keys"


@pytest.mark.parametrize("beside", ['path = "ledger.db"', 'rosters = "rosters"'])
def test_a_ledger_is_in_one_place(tmp_path: Path, beside: str) -> None:
    with pytest.raises(InvalidInput, match="either url, or path") as refused:
        ledger_of(tmp_path, f'url = "postgresql://db/ledger"\n{beside}')
    assert (refused.value.field or "").startswith("ledger")


def opened(folder: Path, **ledger: Any) -> None:
    async def main() -> None:
        async with embedded(settings(folder, 25, ledger=ledger), sending=False):
            pass

    write_people(folder / "people.db", [person(1)])
    asyncio.run(main())


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened") as refused:
        opened(tmp_path, url=f"postgresql://tocsin:hunter2@/ledger?host={tmp_path}")
    assert refused.value.field == "ledger"
    assert "hunter2" not in str(refused.value)


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        opened(tmp_path, url="mysql://tocsin@db/ledger")
    assert refused.value.field == "ledger.url"


def test_a_check_of_the_configuration_looks_into_postgresql(tmp_path: Path) -> None:
    write_people(tmp_path / "people.db", [person(1)])
    chosen = settings(tmp_path, 25, ledger={"url": schema_of(tmp_path)})
    found = asyncio.run(examine(chosen, token=None, offline=True))
    assert [finding for finding in found if finding.grade is Grade.PROBLEM] == []
    assert not [finding for finding in found if finding.part in {"ledger.path", "ledger.rosters"}]
    assert not (tmp_path / "rosters").exists()


def test_a_ledger_that_another_key_signed_is_not_opened(tmp_path: Path) -> None:
    write_people(tmp_path / "people.db", [person(0)])
    chosen = settings(tmp_path, 1)
    other = chosen.ledger.model_copy(update={"keys": tmp_path / "other"})

    async def main() -> None:
        async with embedded(chosen, sending=False) as runtime:
            await principals(runtime)
        for _ in range(2):  # the second time the folder holds a key: still not the ledger's
            with pytest.raises(Conflict, match="signed with another key"):
                async with embedded(chosen.model_copy(update={"ledger": other}), sending=False):
                    pass
        async with embedded(chosen, sending=False) as runtime:
            assert await known_principals(runtime)

    asyncio.run(main())
