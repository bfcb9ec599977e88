"""An organisation's own CSV becomes a directory, or is refused with the line that is wrong."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tocsin.directories.csv_import import import_csv
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.sql import SqlDirectory
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.scope import Scope


def csv(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(path: Path, table: str = "people") -> list[tuple[str | None, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(f'SELECT * FROM "{table}"').fetchall()


def test_a_csv_becomes_a_directory_that_can_be_read(tmp_path: Path) -> None:
    path = csv(tmp_path, '﻿id,E-Mail,name\r\n2,b@mail.example,王小明\r\n10,,"O\'Brien, Anna"\r\n')
    db = tmp_path / "people.db"

    assert import_csv(path, db) == 2
    assert rows(db) == [("10", None, "O'Brien, Anna"), ("2", "b@mail.example", "王小明")]
    mapping = DirectoryMapping(table="people", key="id", email="E-Mail")
    people = SqlDirectory(f"sqlite:///{db}", mapping)
    assert asyncio.run(people.count(Scope(everyone=True))) == 2
    assert asyncio.run(people.contacts(["2"]))["2"].own.email == "b@mail.example"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_header_shows_what_separates(tmp_path: Path, separator: str) -> None:
    text = separator.join(("id", "email")) + "\n" + separator.join(("1", "a@mail.example")) + "\n"

    import_csv(csv(tmp_path, text), tmp_path / "people.db")

    assert rows(tmp_path / "people.db") == [("1", "a@mail.example")]


def test_another_column_can_be_the_key_and_another_table_the_place(tmp_path: Path) -> None:
    path, db = csv(tmp_path, "name,no\nB,2\nA,1\n"), tmp_path / "people.db"

    import_csv(path, db, table="the customers", key="no")

    assert rows(db, "the customers") == [("A", "1"), ("B", "2")]


def test_a_name_of_a_column_is_never_a_statement(tmp_path: Path) -> None:
    name = 'x" TEXT); DROP TABLE people; --'
    path = csv(tmp_path, 'id,"' + name.replace('"', '""') + '"\n1,2\n')

    import_csv(path, tmp_path / "people.db")

    assert rows(tmp_path / "people.db") == [("1", "2")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no header row"),
        ("\n1,2\n", "no header row"),
        ("id,email,Email\n1,a,b\n", "'Email' stands twice"),
        ("id,,email\n1,a,b\n", "column 2 has no name"),
        ("id,email\n1,a\n2\n", "line 3 has 1 fields where the header has 2"),
        ('id,email\n1,"a\nb"\n2,c,d\n', "line 4 has 3 fields"),
        ("id,email\n1,a\n ,b\n", "line 3 has no value in the key column 'id'"),
        ("id,email\n1,a\n2,b\n1,c\n", "line 4 repeats a key of the column 'id'"),
        ('id,email\n1,"a"b\n', "line 2 breaks the rules of CSV"),
        ('id,email\n1,"a\n', "line 2 breaks the rules of CSV"),
        (b"id,email\n1,J\xfcrgen\n", "not UTF-8"),
    ],
)
def test_a_broken_file_is_refused_and_leaves_nothing(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said.replace("(", r"\(")) as refused:
        import_csv(csv(tmp_path, text), tmp_path / "people.db")

    assert refused.value.fix
    assert not (tmp_path / "people.db").exists()


def test_a_key_repeated_far_away_is_found(tmp_path: Path) -> None:
    lines = [f"k{n},p{n}@mail.example" for n in range(12_000)]
    lines.append("k7,again@mail.example")
    path = csv(tmp_path, "id,email\n" + "\n".join(lines) + "\n")

    with pytest.raises(InvalidInput, match="line 12002 repeats a key"):
        import_csv(path, tmp_path / "people.db")


def test_a_table_that_exists_is_never_replaced(tmp_path: Path) -> None:
    path, db = csv(tmp_path, "id\n1\n"), tmp_path / "people.db"
    import_csv(path, db)

    with pytest.raises(Conflict):
        import_csv(path, db)

    assert rows(db) == [("1",)]


def test_a_second_file_that_fails_leaves_the_first_table_as_it_was(tmp_path: Path) -> None:
    db = tmp_path / "people.db"
    import_csv(csv(tmp_path, "id\n1\n"), db)

    with pytest.raises(InvalidInput):
        import_csv(csv(tmp_path, "id\n1\n2,3\n"), db, table="others")

    with closing(sqlite3.connect(db)) as opened:
        tables = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert tables == [("people",)]


def test_a_missing_file_or_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no file 'none.csv'"):
        import_csv(tmp_path / "none.csv", tmp_path / "people.db")
    with pytest.raises(InvalidInput) as refused:
        import_csv(csv(tmp_path, "id,email\n"), tmp_path / "people.db", key="no")

    assert refused.value.fix == "choose from: id, email"
