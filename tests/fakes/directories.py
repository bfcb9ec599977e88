"""Databases that a test fills with people and changes behind the directory's back."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.sql import SqlDirectory
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.scope import Scope

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
}
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
    """A database that a test may fill and change behind the directory's back."""

    url: str
    execute: Callable[[str, Sequence[Any]], None]

    def insert(self, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            marks = ", ".join("?" * len(row))
            self.execute(f"INSERT INTO people ({', '.join(row)}) VALUES ({marks})", [*row.values()])


def sqlite(folder: Path) -> Backend:
    path = folder / "people of ours #1.db"

    def execute(sql: str, values: Sequence[Any]) -> None:
        with closing(sqlite3.connect(path, timeout=0.2)) as db, db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(sql, values)

    return Backend(f"sqlite:///{path}", execute)


def postgres(folder: Path) -> Backend:
    url = schema_of(folder)

    def execute(sql: str, values: Sequence[Any]) -> None:
        with psycopg.connect(url) as db:
            db.execute("SET lock_timeout = 200")
            db.execute(sql.replace("?", "%s"), values)

    return Backend(url, execute)


BACKENDS = {"sqlite": sqlite, "postgres": postgres}
"""Name -> how one is made in a folder. Every backend passes the whole contract."""


def create(backend: Backend, *, key: str) -> None:
    columns = ", ".join(f"{name} {kind.format(key=key)}" for name, kind in COLUMNS.items())
    backend.execute(f"CREATE TABLE people (id {key} PRIMARY KEY NOT NULL, {columns})", [])


_OPENED: list[SqlDirectory] = []


def directory(backend: Backend, **changed: Any) -> SqlDirectory:
    _OPENED.append(SqlDirectory(backend.url, DirectoryMapping.model_validate(MAPPING | changed)))
    return _OPENED[-1]


def close_directories() -> None:
    """Close what a test opened."""
    while _OPENED:
        asyncio.run(_OPENED.pop().close())


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
