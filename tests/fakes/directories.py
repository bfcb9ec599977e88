"""Tables, files and a service that a test fills with people and changes behind one's back."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, closing
from csv import writer
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from tocsin.directories.choosing import Directory, open_directory
from tocsin.directories.http import HttpDirectory
from tocsin.directories.mapping import DirectoryMapping
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.scope import Scope

from fakes.http_directory import DirectoryServer
from fakes.postgres import schema_of

EVERYONE = Scope(everyone=True)
EMAIL, PASSWORD, CARD = (
    DataKind.EMAIL_ADDRESS,
    DataKind.PASSWORD_STRONG_HASH,
    DataKind.PAYMENT_CARD_PARTIAL,
)
COLUMNS = {
    "email": "TEXT",
    "country": "TEXT",
    "locale": "TEXT",
    "born": "TEXT",
    "guardian": "{key}",
    "status": "TEXT",
    "agreed": "INTEGER",
    "ours": "INTEGER",
    "system": "TEXT",
    "has_password": "INTEGER",
    "card": "TEXT",
    "phone": "TEXT",
    "browser": "TEXT",
    "app": "TEXT",
    "login": "TEXT",
    "name": "TEXT",
    "street": "TEXT",
    "postcode": "TEXT",
    "city": "TEXT",
    "land": "TEXT",
    "sms_agreed": "INTEGER",
    "dead": "INTEGER",
    "firm": "INTEGER",
    "lawyer": "{key}",
    "kin": "{key}",
}
EVERYTHING: dict[str, Any] = {
    "phone": "phone",
    "web_push": "browser",
    "app_push": "app",
    "account": "login",
    "postal": ("name", "street", ("postcode", "city")),
    "postal_country": "land",
    "deceased": "dead",
    "organisation": "firm",
    "representative_key": "lawyer",
    "next_of_kin_key": "kin",
}
"""What else can be mapped."""
MAPPING: dict[str, Any] = {
    "table": "people",
    "key": "id",
    "email": "email",
    "residence": "country",
    "locale": "locale",
    "birth_date": "born",
    "cancelled": "status",
    "cancelled_values": ("closed",),
    "guardian_key": "guardian",
    "mailbox_is_ours": "ours",
    "own_mailbox_domains": ("own.example",),
    "columns": {"system": "system", "card": "card"},
    "holds": {EMAIL: "*", PASSWORD: "has_password", CARD: "card"},
}


@dataclass(frozen=True)
class Backend:
    """What a test may fill and change behind the directory's back."""

    open: Callable[[DirectoryMapping], Directory]
    execute: Callable[[str, Sequence[Any]], None]
    close: Callable[[], None] = lambda: None

    def insert(self, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            marks = ", ".join("?" * len(row))
            self.execute(f"INSERT INTO people ({', '.join(row)}) VALUES ({marks})", [*row.values()])


def _by_url(url: str) -> Callable[[DirectoryMapping], Directory]:
    return lambda mapping: open_directory(url, mapping)


def _in_sqlite(path: Path) -> Callable[[str, Sequence[Any]], None]:
    def execute(sql: str, values: Sequence[Any]) -> None:
        with closing(sqlite3.connect(path, timeout=0.2)) as db, db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(sql, values)

    return execute


def sqlite(folder: Path) -> Backend:
    path = folder / "people of ours #1.db"
    return Backend(_by_url(f"sqlite:///{path}"), _in_sqlite(path))


def postgres(folder: Path) -> Backend:
    url = schema_of(folder)

    def execute(sql: str, values: Sequence[Any]) -> None:
        with psycopg.connect(url) as db:
            db.execute("SET lock_timeout = 200")
            db.execute(sql.replace("?", "%s"), values)

    return Backend(_by_url(url), execute)


def csv(folder: Path) -> Backend:
    """A file that is written anew, and renamed into its place, after every change."""
    return _file(folder, folder / "people of ours #1.csv", lambda new, _: None)


def parquet(folder: Path) -> Backend:
    return _file(folder, folder / "people of ours.parquet", as_parquet)


def as_parquet(path: Path, types: Mapping[str, str]) -> None:
    """Turn a CSV file into a Parquet file of the same name."""
    made = path.with_suffix(".made")
    with duckdb.connect() as db:
        read = db.read_csv(
            str(path), header=True, dtype=dict(types), delimiter=",", quotechar='"', na_values=""
        )
        read.write_parquet(str(made))
    made.replace(path)


def _file(folder: Path, path: Path, convert: Callable[[Path, Mapping[str, str]], None]) -> Backend:
    truth = folder / "truth.db"
    change = _in_sqlite(truth)

    def execute(sql: str, values: Sequence[Any]) -> None:
        change(sql, values)
        if sql.startswith("DROP"):
            return
        with closing(sqlite3.connect(truth)) as db:
            named = {row[1]: row[2] for row in db.execute("PRAGMA table_info(people)")}
            people = db.execute("SELECT * FROM people ORDER BY random()").fetchall()
        new = path.with_suffix(".new")
        with new.open("w", newline="", encoding="utf-8") as file:
            writing = writer(file)
            writing.writerows([tuple(named), *people])
        kinds = {"TEXT": "VARCHAR", "INTEGER": "BIGINT"}
        convert(new, {name: kinds[kind] for name, kind in named.items()})
        new.replace(path)

    return Backend(_by_url(path.as_uri()), execute)


def http(folder: Path) -> Backend:
    path = folder / "people.db"
    server = DirectoryServer(path)

    def opened(mapping: DirectoryMapping) -> Directory:
        return HttpDirectory(server.settings(mapping))

    return Backend(opened, _in_sqlite(path), server.close)


BACKENDS = {
    "sqlite": sqlite,
    "postgres": postgres,
    "csv": csv,
    "parquet": parquet,
    "http": http,
}
"""Name -> how one is made in a folder. Every backend passes the whole contract."""
DATABASES = {name: BACKENDS[name] for name in ("sqlite", "postgres")}
WITH_NUMBERS = {name: made for name, made in BACKENDS.items() if name != "csv"}
"""Those that know numbers: all values of a CSV file are text."""


def create(backend: Backend, *, key: str) -> None:
    columns = ", ".join(f"{name} {kind.format(key=key)}" for name, kind in COLUMNS.items())
    backend.execute(f"CREATE TABLE people (id {key} PRIMARY KEY NOT NULL, {columns})", [])


_OPENED: list[Directory] = []


def directory(backend: Backend, **changed: Any) -> Directory:
    _OPENED.append(backend.open(DirectoryMapping.model_validate(MAPPING | changed)))
    return _OPENED[-1]


def close_directories(*backends: Backend) -> None:
    """Close what a test opened."""
    while _OPENED:
        asyncio.run(_OPENED.pop().close())
    for backend in backends:
        backend.close()


def read(
    backend: Backend,
    scope: Scope = EVERYONE,
    kinds: Sequence[DataKind] = (EMAIL,),
    *,
    after: str | None = None,
    page: int = 2,
    **changed: Any,
) -> list[AffectedPerson]:
    async def stream() -> list[AffectedPerson]:
        people = directory(backend, **changed)
        async with aclosing(people.snapshot(scope, kinds, after=after, page=page)) as pages:
            found = [person async for page in pages for person in page]
        await people.close()
        return found

    return asyncio.run(stream())
