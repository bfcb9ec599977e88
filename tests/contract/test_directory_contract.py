"""What every directory does, whatever database stands behind it. Add a backend to BACKENDS."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.sql import SqlDirectory
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.scope import Scope

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


BACKENDS = {"sqlite": sqlite}


@pytest.fixture(params=BACKENDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return BACKENDS[request.param](tmp_path)


@pytest.fixture
def backend(empty: Backend) -> Backend:
    create(empty, key="TEXT")
    return empty


def create(backend: Backend, *, key: str) -> None:
    columns = ", ".join(f"{name} {kind.format(key=key)}" for name, kind in COLUMNS.items())
    backend.execute(f"CREATE TABLE people (id {key} PRIMARY KEY NOT NULL, {columns})", [])


def directory(backend: Backend, **changed: Any) -> SqlDirectory:
    return SqlDirectory(backend.url, DirectoryMapping.model_validate(MAPPING | changed))


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


def test_everybody_counted_is_streamed_once_in_key_order(backend: Backend) -> None:
    backend.insert({"id": f"k{n:03d}", "email": f"p{n}@mail.example"} for n in range(7, 0, -1))

    keys = [person.key for person in read(backend)]

    assert keys == [f"k{n:03d}" for n in range(1, 8)]
    assert asyncio.run(directory(backend).count(EVERYONE)) == 7


def test_pages_hold_as_many_people_as_asked(backend: Backend) -> None:
    backend.insert({"id": f"k{n}"} for n in range(5))

    async def sizes() -> list[int]:
        pages = directory(backend).snapshot(EVERYONE, (EMAIL,), after=None, page=2)
        return [len(page) async for page in pages]

    assert asyncio.run(sizes()) == [2, 2, 1]


def test_a_scope_that_touches_nobody_streams_nothing(backend: Backend) -> None:
    assert read(backend) == []


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
    assert {person.email for person in found} == {"old@mail.example"}
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


def test_a_person_is_read_with_everything_the_row_says(backend: Backend) -> None:
    backend.insert(
        [
            {
                "id": "k1",
                "email": "  Sean.O'Brien+shop@Mail.Example ",
                "country": " cn ",
                "locale": "zh_CN",
                "born": "1980-02-29",
                "status": "active",
                "has_password": 1,
            }
        ]
    )

    (person,) = read(backend, kinds=(PASSWORD, EMAIL))

    assert person.email == "Sean.O'Brien+shop@Mail.Example"
    assert (person.residence, person.locale) == ("CN", "zh-CN")
    assert person.birth_date == date(1980, 2, 29)
    assert person.kinds == (PASSWORD, EMAIL)
    assert not person.cancelled
    assert "Brien" not in repr(person)


def test_what_the_row_does_not_say_is_unknown(backend: Backend) -> None:
    backend.insert([{"id": "k1", "email": " ", "country": "", "born": "in spring"}, {"id": "k2"}])

    for person in read(backend):
        known = (person.email, person.residence, person.locale, person.birth_date)
        assert known == (None, None, None, None)
        assert person.guardian_key is None
        assert not person.mailbox_barred


def test_cancelled_accounts_are_affected_too(backend: Backend) -> None:
    backend.insert([{"id": "k1", "status": "Closed"}, {"id": "k2", "status": None}])

    assert [person.cancelled for person in read(backend)] == [True, False]


def test_a_guardian_is_joined_and_one_whose_row_is_gone_is_not_known(backend: Backend) -> None:
    backend.insert(
        [
            {"id": "adult", "email": "adult@mail.example", "locale": "de"},
            {"id": "child", "email": "child@mail.example", "guardian": "adult"},
            {"id": "orphan", "email": "orphan@mail.example", "guardian": "nobody"},
        ]
    )

    _, child, orphan = read(backend)

    assert (child.guardian_key, child.guardian_locale) == ("adult", "de")
    assert child.guardian_email == "adult@mail.example"
    assert (orphan.guardian_key, orphan.guardian_email) == (None, None)
    contacts = asyncio.run(directory(backend).contacts(["child", "orphan"]))
    assert contacts["child"].guardian_email == "adult@mail.example"
    assert contacts["orphan"].guardian_email is None


def test_each_person_is_told_of_what_their_row_holds(backend: Backend) -> None:
    backend.insert(
        [
            {"id": "k1", "has_password": 1, "card": "1234"},
            {"id": "k2", "has_password": 0, "card": " "},
            {"id": "k3", "has_password": None, "card": "false"},
        ]
    )

    kinds = [person.kinds for person in read(backend, kinds=(PASSWORD, CARD))]

    assert kinds == [(PASSWORD, CARD), (), ()]


def test_a_kind_without_a_column_is_held_of_everybody(backend: Backend) -> None:
    backend.insert([{"id": "k1"}])

    (person,) = read(backend, kinds=(DataKind.MEDICAL, PASSWORD))

    assert person.kinds == (DataKind.MEDICAL,)


@pytest.mark.parametrize(
    ("row", "kinds", "barred"),
    [
        ({"email": "a@own.example", "has_password": 1}, (EMAIL, PASSWORD), True),
        ({"email": "a@OWN.example", "has_password": 1}, (PASSWORD,), True),
        ({"email": "a@mail.example", "ours": 1, "has_password": 1}, (PASSWORD,), True),
        ({"email": "a@own.example", "has_password": 1}, (EMAIL,), False),
        ({"email": "a@own.example", "has_password": 0}, (EMAIL, PASSWORD), False),
        ({"email": "a@mail.example", "ours": 0, "has_password": 1}, (PASSWORD,), False),
        ({"email": "a@not-own.example", "has_password": 1}, (PASSWORD,), False),
    ],
)
def test_a_mailbox_of_ours_is_barred_once_its_credentials_leaked(
    backend: Backend, row: dict[str, Any], kinds: tuple[DataKind, ...], barred: bool
) -> None:
    backend.insert([{"id": "k1"} | row])

    (person,) = read(backend, kinds=kinds)

    assert person.mailbox_barred is barred


def test_without_the_agreement_that_is_asked_for_there_is_no_address(backend: Backend) -> None:
    backend.insert(
        [
            {"id": "k1", "email": "a@mail.example", "agreed": 1},
            {"id": "k2", "email": "b@mail.example", "agreed": 0},
            {"id": "k3", "email": "c@mail.example", "guardian": "k2", "agreed": 1},
        ]
    )

    found = read(backend, consent_email="agreed")
    contacts = asyncio.run(directory(backend, consent_email="agreed").contacts(["k2", "k3"]))

    assert [person.email for person in found] == ["a@mail.example", None, "c@mail.example"]
    assert found[2].guardian_email is None
    assert contacts["k2"].email is None
    assert contacts["k3"].guardian_email is None


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

    assert {key: contact.email for key, contact in before.items()} == {
        "k0000": "p0@mail.example",
        "k0001": "p1@mail.example",
        "k0002": "p2@mail.example",
    }
    assert after["k0001"].email == "moved@mail.example"
    assert after.keys() == {"k0000", "k0001"}


def test_contacts_beyond_one_statement_are_all_found(backend: Backend) -> None:
    keys = [f"k{n:04d}" for n in range(1_100)]
    for first in range(0, len(keys), 100):
        chunk = keys[first : first + 100]
        marks = ", ".join("(?, 'p@mail.example')" for _ in chunk)
        backend.execute(f"INSERT INTO people (id, email) VALUES {marks}", chunk)

    assert asyncio.run(directory(backend).contacts(keys)).keys() == set(keys)


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
