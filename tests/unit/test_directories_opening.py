"""A directory that is not as the configuration says is refused with the place and the remedy."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.sql import SqlDirectory
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput, Unavailable
from tocsin.schemas.scope import Scope

EVERYONE = Scope(everyone=True)
MAPPING: dict[str, Any] = {"table": "people", "key": "id", "email": "email"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "people.db"
    write(path, "CREATE TABLE people (id TEXT PRIMARY KEY NOT NULL, email TEXT, system TEXT)")
    return path


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)


def check(url: str | Path, **mapping: Any) -> None:
    url = f"sqlite:///{url}" if isinstance(url, Path) else url
    people = SqlDirectory(url, DirectoryMapping.model_validate(MAPPING | mapping))
    asyncio.run(people.check_scope(EVERYONE, (DataKind.NAME,)))


@pytest.mark.parametrize(
    ("mapping", "field", "near"),
    [
        ({"table": "peple"}, "directory.table", "people"),
        ({"key": "identifier"}, "directory.key", "id"),
        ({"email": "e-mail"}, "directory.email", "email"),
        ({"columns": {"system": "sistem"}}, "directory.columns.system", "system"),
        ({"columns": {"x": "zzz"}}, "directory.columns.x", "email, id, system"),
        ({"holds": {"name": "full_name"}}, "directory.holds.name", "email, id, system"),
        ({"guardian_key": "guardian"}, "directory.guardian_key", "choose from"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_the_near_ones(
    path: Path, mapping: dict[str, Any], field: str, near: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(path, **mapping)

    assert refused.value.field == field
    assert near in (refused.value.fix or "")


def test_hostile_names_of_tables_and_columns_reach_no_statement(path: Path) -> None:
    with pytest.raises(InvalidInput):
        check(path, table="people; DROP TABLE people")
    with pytest.raises(InvalidInput):
        check(path, email="email FROM people; DROP TABLE people; --")
    check(path)


def test_a_column_name_with_blanks_and_quotes_is_read(tmp_path: Path) -> None:
    write(
        tmp_path / "p.db",
        'CREATE TABLE "the people" ("the ""id""" TEXT PRIMARY KEY NOT NULL, "E-Mail Adresse" TEXT)',
    )
    check(tmp_path / "p.db", table="the people", key='the "id"', email="E-Mail Adresse")


def test_a_missing_file_is_an_error_and_stays_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(tmp_path / "nobody.db")

    assert refused.value.field == "directory.url"
    assert list(tmp_path.iterdir()) == []


def test_the_directory_cannot_be_written_to(path: Path) -> None:
    people = SqlDirectory(f"sqlite:///{path}", DirectoryMapping.model_validate(MAPPING))

    with people._engine.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM people")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    csv = tmp_path / "people.csv"
    csv.write_text("id,email\n" * 200)

    with pytest.raises(InvalidInput, match="not a SQLite database"):
        check(csv)


def test_a_table_that_vanished_is_unavailable_without_quoting_rows(path: Path) -> None:
    async def vanish() -> None:
        people = SqlDirectory(f"sqlite:///{path}", DirectoryMapping.model_validate(MAPPING))
        await people.count(EVERYONE)
        write(path, "DROP TABLE people")
        await people.contacts(["secret-key"])

    with pytest.raises(Unavailable) as refused:
        asyncio.run(vanish())

    assert "secret-key" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["people.db", "sqlite://", "sqlite:///:memory:", "", "nosuch://x/y"]
)
def test_an_address_that_is_no_database_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(url)

    assert refused.value.field == "directory.url"
    assert refused.value.fix


def test_a_password_in_the_address_is_not_repeated() -> None:
    with pytest.raises(InvalidInput) as refused:
        check("nosuch://user:hunter2@db/people")

    assert "hunter2" not in str(refused.value)


def test_rows_without_a_key_are_refused_because_they_would_be_forgotten(tmp_path: Path) -> None:
    write(
        tmp_path / "p.db",
        "CREATE TABLE people (id TEXT PRIMARY KEY, email TEXT)",
        "INSERT INTO people VALUES (NULL, 'a@mail.example')",
    )

    with pytest.raises(InvalidInput, match="1 rows have no value") as refused:
        check(tmp_path / "p.db")

    assert refused.value.field == "directory.key"


def test_a_key_that_two_rows_share_is_refused(tmp_path: Path) -> None:
    write(
        tmp_path / "p.db",
        "CREATE TABLE people (id TEXT, email TEXT)",
        "INSERT INTO people VALUES ('a', 'a@mail.example'), ('b', NULL), ('a', NULL)",
    )

    with pytest.raises(InvalidInput, match="share their value") as refused:
        check(tmp_path / "p.db")

    assert refused.value.field == "directory.key"


def test_a_view_is_a_directory_too(path: Path) -> None:
    write(path, "CREATE VIEW customers AS SELECT id, email FROM people")

    check(path, table="customers")


def test_an_unknown_field_of_the_mapping_is_refused() -> None:
    with pytest.raises(ValueError, match="extra"):
        DirectoryMapping.model_validate(MAPPING | {"e_mail": "email"})
