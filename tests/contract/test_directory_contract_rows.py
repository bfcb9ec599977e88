"""What every directory says of one person, whatever database stands behind it."""

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.person import NOBODY

from fakes.directories import (
    BACKENDS,
    CARD,
    EMAIL,
    PASSWORD,
    Backend,
    close_directories,
    create,
    directory,
    read,
)

GUARDIAN = RecipientKind.GUARDIAN


@pytest.fixture(params=BACKENDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    backend = BACKENDS[request.param](tmp_path)
    yield backend
    close_directories(backend)


@pytest.fixture
def backend(empty: Backend) -> Backend:
    create(empty, key="TEXT")
    return empty


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

    assert person.reach.email == "Sean.O'Brien+shop@Mail.Example"
    assert (person.residence, person.locale) == ("CN", "zh-CN")
    assert person.birth_date == date(1980, 2, 29)
    assert person.kinds == (PASSWORD, EMAIL)
    assert not person.cancelled
    assert "Brien" not in repr(person)


def test_what_the_row_does_not_say_is_unknown(backend: Backend) -> None:
    backend.insert([{"id": "k1", "email": " ", "country": "", "born": "in spring"}, {"id": "k2"}])

    for person in read(backend):
        known = (person.reach.email, person.residence, person.locale, person.birth_date)
        assert known == (None, None, None, None)
        assert person.relatives == {}
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

    guardian = child.relative(GUARDIAN)
    assert (guardian.key, guardian.locale) == ("adult", "de")
    assert child.reach_of(GUARDIAN).email == "adult@mail.example"
    assert orphan.relative(GUARDIAN) == NOBODY
    contacts = asyncio.run(directory(backend).contacts(["child", "orphan"]))
    assert contacts["child"].of(GUARDIAN).email == "adult@mail.example"
    assert contacts["orphan"].of(GUARDIAN).email is None


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

    found = read(backend, consent={"email": "agreed"})
    contacts = asyncio.run(directory(backend, consent={"email": "agreed"}).contacts(["k2", "k3"]))

    assert [person.reach.email for person in found] == ["a@mail.example", None, "c@mail.example"]
    assert found[2].reach_of(GUARDIAN).email is None
    assert contacts["k2"].own.email is None
    assert contacts["k3"].of(GUARDIAN).email is None
