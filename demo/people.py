"""A directory of made-up people, as messy as real ones, always the same for the same seed."""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, fields
from itertools import chain, islice
from pathlib import Path
from random import Random

from tocsin.demo.made_up_person import (
    MAILBOX_MESS,
    MESS,
    MadeUpPerson,
    adult,
    make_minor,
    reach,
    share_address,
)
from tocsin.demo.names import COUNTRIES
from tocsin.demo.patients import patients
from tocsin.demo.shares import Shares

_ROWS_AT_ONCE = 10_000
_POOL = 200


def make_directory(path: Path, *, people: int, seed: int) -> None:
    """Write a new SQLite directory of made-up people; an old file at `path` is replaced.

    Beside `people` of a shop it holds the patients of a clinic, always as many. Three in five of
    the shop's are touched by an incident there, half by one in the newsletter. Every
    address is in a domain reserved for examples (RFC 2606); no phone number is in use.
    """
    path.unlink(missing_ok=True)
    columns = [field.name for field in fields(MadeUpPerson)]
    flags = {"newsletter", "has_profile", "has_password", "has_card", "agreed"}
    table = ", ".join(
        f"{name} {'BOOLEAN' if name in flags else 'TEXT'}" for name in columns if name != "id"
    )
    everybody = chain(made_up_people(people, seed=seed), patients(people + 1, seed=seed))
    rows = (astuple(person) for person in everybody)
    insert = f"INSERT INTO people VALUES ({', '.join('?' * len(columns))})"  # noqa: S608  # only marks
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")  # it can be made again
        db.execute("BEGIN")
        db.execute(f"CREATE TABLE people (id TEXT PRIMARY KEY NOT NULL, {table}) WITHOUT ROWID")
        while chunk := list(islice(rows, _ROWS_AT_ONCE)):
            db.executemany(insert, chunk)
        db.execute("COMMIT")


def made_up_people(people: int, *, seed: int) -> Iterator[MadeUpPerson]:
    """Yield the people of the shop in key order."""
    rng = Random(seed)
    shares = Shares(MESS, rng)
    countries = [country for country, _, _ in COUNTRIES]
    weights = [weight for _, _, weight in COUNTRIES]
    # adults who were made up lately: guardians, and partners with whom a mailbox is shared
    guardians: dict[str, deque[MadeUpPerson]] = {c: deque(maxlen=_POOL) for c in countries}
    partners: dict[str, deque[MadeUpPerson]] = {c: deque(maxlen=_POOL) for c in countries}
    for number in range(1, people + 1):
        mess = shares.next()
        country = rng.choices(countries, weights)[0]
        person = adult(rng, number, country, mess)
        reach(rng, person, country)
        if "shared" in mess and partners[country]:
            share_address(rng, person, rng.choice(partners[country]))
        if "nothing_held" in mess:
            person.display_name = person.phone = person.birth_date = None
            person.has_profile = person.has_password = person.has_card = 0
        elif "minor" in mess:
            make_minor(rng, person, guardians[country], has_own=not mess.isdisjoint(MAILBOX_MESS))
        elif mess.isdisjoint({"shared", "barred"}):
            guardians[country].append(person)
            if mess.isdisjoint(MAILBOX_MESS):
                partners[country].append(person)
        yield person
