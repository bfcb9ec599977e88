"""A plain deployment of any size: adults in two countries with one address each, told by e-mail."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes.postgres import Server

PLAIN: dict[str, Any] = {
    "guardian_key": None,
    "birth_date": None,
    "cancelled": None,
    "cancelled_values": [],
}
SECTIONS: dict[str, Any] = {
    "delivery": {"flush": 500, "lease_s": 30},
    "policy": {"batch_people": 1000, "max_missing_share_percent": 100},
    "directory": PLAIN,
}


def make_people(path: Path, people: int) -> None:
    """Make a plain directory: adults in two countries, one address each."""
    db = sqlite3.connect(path)
    db.execute(
        "CREATE TABLE people (id TEXT PRIMARY KEY, email TEXT, country TEXT, locale TEXT,"
        " system TEXT, has_password INTEGER)"
    )
    places = (("FR", "en"), ("DE", "en"), ("DE", "en"))
    db.executemany(
        "INSERT INTO people VALUES (?, ?, ?, ?, 'shop', 1)",
        ((f"k{n:09d}", f"person{n}@mail.example", *places[n % 3]) for n in range(people)),
    )
    db.commit()
    db.close()


@contextmanager
def ledger_on(kind: str) -> Iterator[dict[str, Any]]:
    """Yield the sections of a ledger in SQLite files, or in a PostgreSQL that runs meanwhile."""
    if kind == "sqlite":
        yield {}
        return
    with Server() as server:
        yield {"ledger": {"url": server.url}}
