"""Columns as some databases have them: values of a driver's own, and keys that nothing finds."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.sql import SqlDirectory
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.scope import Scope

from fakes.postgres import schema_of

EVERYBODY = Scope(everyone=True)
MAPPING = DirectoryMapping(table="people", key="id", email="email")


def people(url: str, mapping: DirectoryMapping) -> list[AffectedPerson]:
    async def main() -> list[AffectedPerson]:
        directory = SqlDirectory(url, mapping)
        try:
            stream = directory.snapshot(EVERYBODY, (), after=None, page=2)
            return [person async for found in stream for person in found]
        finally:
            await directory.close()

    return asyncio.run(main())


def test_values_that_a_driver_turns_into_its_own_are_read_as_they_are(tmp_path: Path) -> None:
    url = schema_of(tmp_path)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(
            "CREATE TABLE people"
            " (id text PRIMARY KEY, email text, place jsonb, born jsonb, said text[])"
        )
        row = "('k1', 'a@mail.example', '\"de\"', '\"2014-11-25\"', '{en,fr}')"
        db.execute(f"INSERT INTO people VALUES {row}")
    columns = {"residence": "place", "birth_date": "born", "locale": "said"}
    (person,) = people(url, MAPPING.model_copy(update=columns))
    assert (person.residence, str(person.birth_date)) == ("DE", "2014-11-25")
    assert person.locale == "['en', 'fr']"


def test_a_number_of_a_view_is_no_key_as_nobody_could_be_found_by_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "people.db")) as db, db:
        db.execute("CREATE TABLE held (id INTEGER PRIMARY KEY, email TEXT)")
        db.execute("CREATE VIEW people AS SELECT id + 0 AS id, email FROM held")
        db.execute("CREATE VIEW cast_people AS SELECT CAST(id AS TEXT) AS id, email FROM held")
        db.executemany("INSERT INTO held VALUES (?, 'a@mail.example')", [(n,) for n in range(5)])
    url = f"sqlite:///{tmp_path / 'people.db'}"
    with pytest.raises(InvalidInput, match="no row is found by the text of its key") as refused:
        people(url, MAPPING)
    assert refused.value.field == "directory.key"
    assert len(people(url, MAPPING.model_copy(update={"table": "cast_people"}))) == 5


def test_a_text_among_whole_numbers_is_no_key(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "people.db")) as db, db:
        db.execute("CREATE TABLE people (id INTEGER, email TEXT, UNIQUE (id))")
        db.execute("INSERT INTO people VALUES ('k1', 'a@mail.example')")
    with pytest.raises(InvalidInput, match="whole numbers and this is none") as refused:
        people(f"sqlite:///{tmp_path / 'people.db'}", MAPPING)
    assert refused.value.field == "directory.key"


@pytest.mark.parametrize(
    ("kind", "accepted"), [("uuid", True), ("bigint", True), ("numeric", False)]
)
def test_which_keys_of_postgresql_are_found_by_their_text(
    tmp_path: Path, kind: str, *, accepted: bool
) -> None:
    url = schema_of(tmp_path)
    keys = {"uuid": "gen_random_uuid()", "bigint": "n", "numeric": "n"}
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"CREATE TABLE people (id {kind} PRIMARY KEY, email text)")
        some = f"SELECT {keys[kind]}, 'a@mail.example' FROM generate_series(1, 5) n"
        db.execute(f"INSERT INTO people {some}")
    if accepted:
        assert len(people(url, MAPPING)) == 5
        return
    with pytest.raises(InvalidInput, match="no row is found by the text of its key"):
        people(url, MAPPING)
