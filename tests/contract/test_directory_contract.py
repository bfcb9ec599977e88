"""Whom every directory finds, whatever database stands behind it."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import aclosing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from tocsin.directories.sql import SqlDirectory
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.scope import Scope

from fakes.directories import (
    BACKENDS,
    DATABASES,
    EMAIL,
    EVERYONE,
    WITH_NUMBERS,
    Backend,
    close_directories,
    create,
    directory,
    read,
)


@pytest.fixture(params=BACKENDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    backend = BACKENDS[request.param](tmp_path)
    yield backend
    close_directories(backend)


@pytest.fixture
def backend(empty: Backend) -> Backend:
    create(empty, key="TEXT")
    return empty


def test_everybody_counted_is_streamed_once_in_key_order(backend: Backend) -> None:
    backend.insert({"id": f"k{n:03d}", "email": f"p{n}@mail.example"} for n in range(7, 0, -1))

    keys = [person.key for person in read(backend)]

    assert keys == [f"k{n:03d}" for n in range(1, 8)]
    assert asyncio.run(directory(backend).count(EVERYONE)) == 7


@pytest.mark.parametrize("empty", DATABASES, indirect=True)
def test_a_database_cannot_be_written_to(backend: Backend) -> None:
    people = directory(backend)
    assert isinstance(people, SqlDirectory)

    with people._engine.connect() as connection, pytest.raises(DBAPIError, match=r"read-?only"):
        connection.exec_driver_sql("DELETE FROM people")


def test_pages_hold_as_many_people_as_asked(backend: Backend) -> None:
    backend.insert({"id": f"k{n}"} for n in range(5))

    async def sizes() -> list[int]:
        pages = directory(backend).snapshot(EVERYONE, (EMAIL,), after=None, page=2)
        return [len(page) async for page in pages]

    assert asyncio.run(sizes()) == [2, 2, 1]


def test_a_scope_that_touches_nobody_streams_nothing(backend: Backend) -> None:
    assert read(backend) == []


@pytest.mark.parametrize("empty", WITH_NUMBERS, indirect=True)
def test_integer_keys_stand_in_the_order_of_numbers(empty: Backend) -> None:
    create(empty, key="INTEGER")
    empty.insert({"id": n, "email": "a@mail.example"} for n in (10, 2, 33, 1))

    assert [person.key for person in read(empty)] == ["1", "2", "10", "33"]
    assert [person.key for person in read(empty, after="2")] == ["10", "33"]
    contacts = asyncio.run(directory(empty).contacts(["10", "7", "not-a-number"]))
    assert list(contacts) == ["10"]


def test_a_stream_goes_on_behind_a_key(backend: Backend) -> None:
    backend.insert({"id": key} for key in "abcd")

    assert [person.key for person in read(backend, after="b")] == ["c", "d"]


def test_one_stream_is_one_snapshot(backend: Backend) -> None:
    backend.insert({"id": f"k{n}", "email": "old@mail.example"} for n in range(6))

    async def read_while_changing() -> list[AffectedPerson]:
        found: list[AffectedPerson] = []
        people = directory(backend)
        async with aclosing(people.snapshot(EVERYONE, (EMAIL,), after=None, page=2)) as pages:
            async for page in pages:
                found.extend(page)
                if len(found) == 2:
                    backend.insert([{"id": "k9"}])
                    backend.execute("UPDATE people SET email = 'new@mail.example'", [])
                    backend.execute("DELETE FROM people WHERE id = 'k5'", [])
        return found

    found = asyncio.run(read_while_changing())

    assert [person.key for person in found] == [f"k{n}" for n in range(6)]
    assert {person.reach.email for person in found} == {"old@mail.example"}
    assert [person.key for person in read(backend)] == ["k0", "k1", "k2", "k3", "k4", "k9"]


def test_a_stream_closed_early_leaves_the_directory_usable(backend: Backend) -> None:
    backend.insert({"id": f"k{n}"} for n in range(10))

    async def stop_after_one() -> int:
        people = directory(backend)
        for _ in range(30):  # more often than a pool has connections
            stream = people.snapshot(EVERYONE, (EMAIL,), after=None, page=1)
            await anext(stream)
            await stream.aclose()
        total = await people.count(EVERYONE)
        await people.close()
        return total

    assert asyncio.run(stop_after_one()) == 10
    backend.execute("DROP TABLE people", [])


def test_a_cancelled_reader_gives_its_connection_back(backend: Backend) -> None:
    backend.insert({"id": f"k{n}"} for n in range(10))

    async def cancel_often() -> int:
        people = directory(backend)

        async def consume() -> None:
            async with aclosing(people.snapshot(EVERYONE, (), after=None, page=1)) as pages:
                async for _ in pages:
                    await asyncio.sleep(0)

        for steps in range(30):
            task = asyncio.ensure_future(consume())
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return await people.count(EVERYONE)

    assert asyncio.run(cancel_often()) == 10


def test_contacts_are_read_anew_and_who_is_gone_is_absent(backend: Backend) -> None:
    backend.insert({"id": f"k{n:04d}", "email": f"p{n}@mail.example"} for n in range(3))
    people = directory(backend)

    async def before_and_after() -> tuple[Any, Any]:
        keys = [f"k{n:04d}" for n in range(1_201)]
        before = await people.contacts(keys)
        backend.execute("UPDATE people SET email = 'moved@mail.example' WHERE id = 'k0001'", [])
        backend.execute("DELETE FROM people WHERE id = 'k0002'", [])
        return before, await people.contacts(keys)

    before, after = asyncio.run(before_and_after())

    assert {key: contact.own.email for key, contact in before.items()} == {
        "k0000": "p0@mail.example",
        "k0001": "p1@mail.example",
        "k0002": "p2@mail.example",
    }
    assert after["k0001"].own.email == "moved@mail.example"
    assert after.keys() == {"k0000", "k0001"}


def test_contacts_beyond_one_statement_are_all_found(backend: Backend) -> None:
    keys = [f"k{n:04d}" for n in range(1_100)]
    for first in range(0, len(keys), 100):
        chunk = keys[first : first + 100]
        marks = ", ".join("(?, 'p@mail.example')" for _ in chunk)
        backend.execute(f"INSERT INTO people (id, email) VALUES {marks}", chunk)

    assert asyncio.run(directory(backend).contacts(keys)).keys() == set(keys)


@pytest.mark.parametrize("empty", DATABASES, indirect=True)
def test_the_keys_that_were_asked_about_are_not_kept(backend: Backend) -> None:
    people = directory(backend)
    key = "k-that-is-asked-about"
    gc.collect()
    gc.disable()
    try:
        asyncio.run(people.contacts((key,)))
        kept = [each for each in gc.get_objects() if isinstance(each, list) and key in each]
    finally:
        gc.enable()

    assert kept == []


def test_who_is_excepted_is_not_affected_but_an_unknown_value_excepts_nobody(
    backend: Backend,
) -> None:
    backend.insert(
        [
            {"id": "k1", "system": "shop", "card": None},
            {"id": "k2", "system": "shop", "card": "test"},
            {"id": "k3", "system": "forum", "card": None},
        ]
    )
    scope = Scope.model_validate(
        {
            "where": [{"column": "system", "equals": "shop"}],
            "except_where": [{"column": "card", "equals": "test"}],
        }
    )

    assert [person.key for person in read(backend, scope)] == ["k1"]
    assert asyncio.run(directory(backend).count(scope)) == 1


def test_residences_are_counted_in_one_spelling(backend: Backend) -> None:
    countries = ("CN", " cn", "DE", None, "")
    backend.insert({"id": f"k{n}", "country": country} for n, country in enumerate(countries))

    assert asyncio.run(directory(backend).residences(EVERYONE)) == {"CN": 2, "DE": 1, "": 2}
    unmapped = directory(backend, residence=None)
    assert asyncio.run(unmapped.residences(EVERYONE)) == {"": 5}


def test_health_counts_who_lacks_what(backend: Backend) -> None:
    backend.insert(
        [
            {"id": "k1", "email": "A@mail.example", "country": "CN", "locale": "zh"},
            {"id": "k2", "email": "a@mail.example ", "born": "2009-11-24", "system": "shop"},
            {"id": "k3", "email": "a at mail.example", "born": "2009-11-24", "guardian": "k1"},
            {"id": "k4", "email": None, "born": "2008-11-24", "status": "closed"},
        ]
    )
    people = directory(backend)

    async def both() -> tuple[Any, Any]:
        shop = Scope.model_validate({"where": [{"column": "system", "equals": "shop"}]})
        return (
            await people.health(None, on=date(2026, 11, 24)),
            await people.health(shop, on=date(2026, 11, 24)),
        )

    everybody, shop = asyncio.run(both())

    assert (everybody.people, everybody.without_email, everybody.malformed_email) == (4, 1, 1)
    assert (everybody.without_residence, everybody.without_locale) == (3, 3)
    assert (everybody.without_birth_date, everybody.minors_without_guardian) == (1, 1)
    assert (everybody.cancelled, everybody.sharing_an_address) == (1, 2)
    assert (shop.people, shop.sharing_an_address) == (1, 0)
