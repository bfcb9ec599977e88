"""The sidecar of a file: as private as it can be, complete or not there, and never stale."""

import asyncio
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tocsin.directories.files import FileDirectory
from tocsin.directories.mapping import DirectoryMapping
from tocsin.schemas.errors import InvalidInput, Unavailable
from tocsin.schemas.scope import Scope

EVERYONE = Scope(everyone=True)
MAPPING: dict[str, Any] = {"table": "people", "key": "id", "email": "email"}
OPENED: list[FileDirectory] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while OPENED:
        asyncio.run(OPENED.pop().close())


def people(path: Path, *, sidecar: Path | None = None, **mapping: Any) -> FileDirectory:
    read_as = DirectoryMapping.model_validate(MAPPING | mapping)
    OPENED.append(FileDirectory(path.as_uri(), read_as, sidecar=sidecar))
    return OPENED[-1]


def csv(folder: Path, text: str = "id,email\nk1,a@mail.example\n") -> Path:
    path = folder / "people.csv"
    path.write_text(text)
    return path


def parquet(folder: Path, select: str) -> Path:
    path = folder / "people.parquet"
    with duckdb.connect() as db:
        db.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


def count(directory: FileDirectory, scope: Scope = EVERYONE) -> int:
    return asyncio.run(directory.count(scope))


def email(directory: FileDirectory, key: str = "k1") -> str | None:
    return asyncio.run(directory.contacts([key]))[key].own.email


def test_the_sidecar_holds_mapped_columns_alone_and_only_its_owner_can_read_it(
    tmp_path: Path,
) -> None:
    path = csv(tmp_path, "id,email,diagnosis\nk1,a@mail.example,made-up-illness\n")

    assert count(people(path)) == 1

    sidecar = tmp_path / "people.csv.tocsin.db"
    assert stat.S_IMODE(sidecar.stat().st_mode) == 0o600
    assert b"made-up-illness" not in sidecar.read_bytes()
    assert b"a@mail.example" in sidecar.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {path.name, sidecar.name, f"{sidecar.name}.lock"}


def test_the_sidecar_is_made_once_per_content_and_mapping(tmp_path: Path) -> None:
    path, sidecar = csv(tmp_path), tmp_path / "people.csv.tocsin.db"

    def made(**mapping: Any) -> int:
        count(people(path, **mapping))
        return sidecar.stat().st_mtime_ns

    first = made()
    path.touch()
    assert made() == first
    assert made(phone="email") > first
    again = made()
    csv(tmp_path, "id,email\nk1,b@mail.example\n")
    assert made() > again


def test_a_file_that_is_replaced_is_read_anew_by_whoever_has_it_open(tmp_path: Path) -> None:
    directory = people(csv(tmp_path))
    assert email(directory) == "a@mail.example"

    csv(tmp_path, "id,email\nk1,b@mail.example\n")

    assert email(directory) == "b@mail.example"


def test_a_file_that_has_not_changed_is_not_opened_twice(tmp_path: Path) -> None:
    directory = people(csv(tmp_path))
    count(directory)
    opened = directory._people

    assert email(directory) == "a@mail.example"
    assert directory._people is opened


@pytest.mark.parametrize("broken", [b"", b"no database", None])
def test_what_a_killed_process_left_is_never_taken_for_a_sidecar(
    tmp_path: Path, broken: bytes | None
) -> None:
    path, sidecar = csv(tmp_path), tmp_path / "people.csv.tocsin.db"
    for name in (".new", ".rows"):
        Path(f"{sidecar}{name}").write_bytes(b"half of it")
    if broken is not None:
        sidecar.write_bytes(broken)
    else:
        with closing(sqlite3.connect(sidecar)) as db:
            db.execute("CREATE TABLE people (id TEXT PRIMARY KEY, email TEXT)")

    assert count(people(path)) == 1
    assert not Path(f"{sidecar}.new").exists()
    assert not Path(f"{sidecar}.rows").exists()


def test_a_sidecar_that_others_can_read_is_made_anew(tmp_path: Path) -> None:
    path, sidecar = csv(tmp_path), tmp_path / "people.csv.tocsin.db"
    count(people(path))
    sidecar.chmod(0o644)

    count(people(path))

    assert stat.S_IMODE(sidecar.stat().st_mode) == 0o600


def test_a_folder_of_its_own_can_hold_the_sidecar(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with pytest.raises(Unavailable) as refused:
        count(people(csv(tmp_path), sidecar=folder))
    assert refused.value.field == "directory.sidecar"

    folder.mkdir()
    assert count(people(csv(tmp_path), sidecar=folder)) == 1
    assert (folder / "people.csv.tocsin.db").exists()
    assert not (tmp_path / "people.csv.tocsin.db").exists()


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("id,email\nk2,a\nk1,b\nk2,c\nk1,d\n", "directory.key", "lines 2 and 4; lines 3 and 5"),
        ("id,email\n ,a\n", "directory.url", "line 2 has no value in the key column"),
        ("id,email\nk1,a,b\n", "directory.url", "line 2 has 3 fields"),
        ('id,email\nk1,"a"b\n', "directory.url", "line 2 breaks the rules of CSV"),
        ("id,mail\nk1,a\n", "directory.email", "no column 'email'"),
        ("no,email\nk1,a\n", "directory.key", "no column 'id'"),
        ("", "directory.url", "no header row"),
    ],
)
def test_a_broken_csv_file_is_refused_with_its_line_and_leaves_nothing(
    tmp_path: Path, text: str, field: str, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        count(people(csv(tmp_path, text)))

    assert (refused.value.field, bool(refused.value.fix)) == (field, True)
    assert {p.suffix for p in tmp_path.iterdir()} == {".csv", ".lock"}


@pytest.mark.parametrize(
    ("select", "field", "said"),
    [
        ("SELECT 'k1' AS id, 'a' AS email UNION ALL SELECT 'k1', 'b'", "directory.key", "rows 1 a"),
        ("SELECT NULL::VARCHAR AS id, 'a' AS email", "directory.key", "row 1 has no value"),
        ("SELECT 'k1' AS id, ['a'] AS email", "directory.email", "no text, number or time"),
        ("SELECT ['k1'] AS id, 'a' AS email", "directory.key", "no text, number or time"),
        ("SELECT 'k1' AS id", "directory.email", "no column 'email'"),
    ],
)
def test_a_parquet_file_that_does_not_fit_is_refused_with_its_place(
    tmp_path: Path, select: str, field: str, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        count(people(parquet(tmp_path, select)))

    assert refused.value.field == field
    assert refused.value.fix


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    path.write_text("id,email\n" * 50)

    with pytest.raises(InvalidInput, match="cannot be read as Parquet") as refused:
        count(people(path))

    assert refused.value.field == "directory.url"


def test_values_of_parquet_keep_their_type_for_the_conditions_of_a_scope(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        """SELECT 7::UBIGINT AS id, ' a@mail.example ' AS email, true AS vip,
           DATE '2026-11-20' AS d,
           TIMESTAMP '2026-11-20 09:30:00' AS t, 12.50::DECIMAL(9,2) AS owed, 3::SMALLINT AS level,
           make_timestamptz(2026, 11, 20, 23, 30, 0, 'UTC') AS z,
           '5f0c9a52-1111-4222-8333-123456789abc'::UUID AS token""",
    )
    names = ("vip", "d", "t", "owed", "level", "z", "token")
    directory = people(path, columns={name: name for name in names})

    def held(**condition: Any) -> int:
        return count(directory, Scope.model_validate({"where": [condition]}))

    assert held(column="vip", equals=True) == 1
    assert held(column="vip", equals=False) == 0
    assert held(column="d", since="2026-11-20", until="2026-11-20") == 1
    assert held(column="t", since="2026-11-20T09:30:00", until="2026-11-20") == 1
    assert held(column="z", since="2026-11-20T23:30:00Z", until="2026-11-20") == 1
    assert held(column="owed", since=12, until=13) == 1
    assert held(column="level", equals=3) == 1
    assert held(column="token", equals="5f0c9a52-1111-4222-8333-123456789abc") == 1
    assert email(directory, "7") == "a@mail.example"


def test_a_stream_goes_on_in_the_file_in_which_it_began(tmp_path: Path) -> None:
    lines = "".join(f"k{n},old@mail.example\n" for n in range(6))
    directory = people(csv(tmp_path, f"id,email\n{lines}"))

    async def read() -> tuple[list[str | None], str | None]:
        found: list[str | None] = []
        stream = directory.snapshot(EVERYONE, (), after=None, page=2)
        async with aclosing(stream) as pages:
            async for page in pages:
                found += [person.reach.email for person in page]
                csv(tmp_path, "id,email\nk1,new@mail.example\n")
                now = (await directory.contacts(["k1"]))["k1"].own.email
        return found, now

    assert asyncio.run(read()) == (["old@mail.example"] * 6, "new@mail.example")


@pytest.mark.parametrize(
    "url",
    ["file://elsewhere/people.csv", "file:///srv/people.xlsx", "file:///srv/people.csv?x=1"],
)
def test_an_address_that_names_no_file_of_this_machine_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        FileDirectory(url, DirectoryMapping.model_validate(MAPPING))

    assert refused.value.field == "directory.url"
    assert refused.value.fix


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no directory file 'none\.csv'") as refused:
        count(people(tmp_path / "none.csv"))

    assert refused.value.field == "directory.url"
