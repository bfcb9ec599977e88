"""Where every directory says that people can be reached, and who stands in for them."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.person import NOBODY, NOWHERE, Contacts

from fakes.directories import (
    BACKENDS,
    DATABASES,
    EVERYTHING,
    Backend,
    close_directories,
    create,
    directory,
    read,
)

REPRESENTATIVE, NEXT_OF_KIN = RecipientKind.REPRESENTATIVE, RecipientKind.NEXT_OF_KIN
PUSH = '{"endpoint": "https://push.example/1", "keys": {"p256dh": "B", "auth": "a"}}'
FULL = {
    "id": "k1",
    "email": "a@mail.example",
    "phone": "030 901820",
    "browser": PUSH,
    "app": "made:up-token",
    "login": "ada",
    "name": "Ada Beispiel",
    "street": "Weg 1",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    backend = BACKENDS[request.param](tmp_path)
    create(backend, key="TEXT")
    yield backend
    close_directories(backend)


def contacts(backend: Backend, *keys: str, **changed: Any) -> dict[str, Contacts]:
    return dict(asyncio.run(directory(backend, **changed).contacts(keys)))


def test_every_way_to_reach_a_person_is_read_at_resolution_and_at_sending(
    backend: Backend,
) -> None:
    backend.insert([FULL])

    (person,) = read(backend, **EVERYTHING)

    reach = person.reach
    assert (reach.email, reach.phone) == ("a@mail.example", "+4930901820")
    assert (reach.web_push, reach.app_push, reach.account) == (PUSH, "made:up-token", "ada")
    assert reach.postal == "Ada Beispiel\nWeg 1\n10115 Berlin\nDE"
    assert contacts(backend, "k1", **EVERYTHING)["k1"].own.postal == reach.postal
    assert "Ada" not in repr(contacts(backend, "k1", **EVERYTHING))


def test_what_is_not_mapped_is_not_known_but_the_key_stands_for_the_account(
    backend: Backend,
) -> None:
    backend.insert([FULL])

    (person,) = read(backend)

    reach = person.reach
    assert (reach.phone, reach.web_push, reach.app_push, reach.postal) == (None,) * 4
    assert reach.account == "k1"


@pytest.mark.parametrize("backend", DATABASES, indirect=True)
def test_a_subscription_in_a_column_of_json_is_read_as_json(backend: Backend) -> None:
    backend.execute("ALTER TABLE people ADD COLUMN subscription JSON", [])
    backend.insert([{"id": "k1", "subscription": PUSH}])

    (person,) = read(backend, web_push="subscription")

    assert json.loads(person.reach.web_push or "") == json.loads(PUSH)


@pytest.mark.parametrize(
    ("phone", "country", "read_as"),
    [
        ("+49 (0)30 901820", None, "+4930901820"),
        ("+49-30-901820", "FR", "+4930901820"),
        ("(415) 555-2671", "US-CA", "+14155552671"),
        ("13812345678", "CN", "+8613812345678"),
        ("13812345678", "DE", "13812345678"),
        ("030 901820", None, "030 901820"),
        ("on request", "DE", "on request"),
        (" ", "DE", None),
    ],
)
def test_a_number_is_dialled_as_where_the_person_lives_and_never_guessed(
    backend: Backend, phone: str, country: str | None, read_as: str | None
) -> None:
    backend.insert([{"id": "k1", "phone": phone, "country": country}])

    (person,) = read(backend, phone="phone")

    assert person.reach.phone == read_as
    assert contacts(backend, "k1", phone="phone")["k1"].own.phone == read_as


@pytest.mark.parametrize(
    ("row", "envelope"),
    [
        ({"street": "Weg 1", "city": "Wien", "country": "AT"}, "Weg 1\nWien\nAT"),
        ({"street": "Weg 1", "city": "Wien", "country": "AT", "land": "de"}, "Weg 1\nWien\nDE"),
        ({"street": "1 Way", "city": "Fresno", "country": "US-CA"}, "1 Way\nFresno\nUS"),
        ({"street": "Weg 1", "city": "Wien"}, "Weg 1\nWien"),
        ({"street": "Weg  1\n\n Hof", "city": " ", "country": "DE"}, "Weg 1\nHof\nDE"),
        ({"street": " ", "country": "DE"}, None),
    ],
)
def test_an_envelope_has_its_lines_in_order_and_its_country_last(
    backend: Backend, row: dict[str, Any], envelope: str | None
) -> None:
    backend.insert([{"id": "k1"} | row])

    (person,) = read(backend, postal=("street", "city"), postal_country="land")

    assert person.reach.postal == envelope


def test_who_did_not_agree_to_texts_can_be_called_but_not_sent_one(backend: Backend) -> None:
    backend.insert(
        [
            {"id": "k1", "phone": "+4930901820", "sms_agreed": 1},
            {"id": "k2", "phone": "+4930901820", "sms_agreed": 0},
            {"id": "k3", "phone": "+4930901820", "agreed": 1, "kin": "k2"},
        ]
    )
    mapped: dict[str, Any] = {"phone": "phone", "next_of_kin_key": "kin"}
    one, every = {"sms": "sms_agreed"}, dict.fromkeys(("sms", "call", "call_list"), "agreed")

    yes, no, related = read(backend, **mapped, consent=one)

    assert yes.reach.on(Channel.SMS) == no.reach.on(Channel.CALL) == "+4930901820"
    assert no.reach.on(Channel.SMS) is None
    assert related.reach_of(NEXT_OF_KIN).on(Channel.SMS) is None
    found = contacts(backend, "k2", "k3", **mapped, consent=one)
    assert found["k2"].own.on(Channel.SMS) is None
    assert found["k3"].of(NEXT_OF_KIN).on(Channel.CALL) == "+4930901820"
    numbers = [person.reach.phone for person in read(backend, **mapped, consent=every)]
    assert numbers == [None, None, "+4930901820"]


def test_who_stands_in_for_a_person_is_read_with_their_own_language_and_places(
    backend: Backend,
) -> None:
    backend.insert(
        [
            {"id": "k1", "email": "own@mail.example", "lawyer": "k8", "kin": "k9", "dead": 1},
            {"id": "k2", "lawyer": "gone", "kin": "0"},
            {"id": "k8", "email": "law@mail.example", "locale": "fr", "firm": 1, "login": "law"},
            {"id": "k9", "phone": "030 901820", "country": "DE"},
        ]
    )

    ward, lost, firm, kin = read(backend, **EVERYTHING)

    assert (ward.deceased, ward.is_organisation) == (True, False)
    assert ward.relative(REPRESENTATIVE).key == "k8"
    assert ward.locale_of(REPRESENTATIVE) == "fr"
    assert ward.reach_of(REPRESENTATIVE).email == "law@mail.example"
    assert ward.reach_of(REPRESENTATIVE).account == "law"
    assert ward.reach_of(NEXT_OF_KIN).phone == "+4930901820"
    assert lost.relatives == {REPRESENTATIVE: NOBODY}
    assert (firm.is_organisation, firm.relatives, kin.relatives) == (True, {}, {})
    found = contacts(backend, "k1", "k2", **EVERYTHING)
    assert found["k1"].of(REPRESENTATIVE).email == "law@mail.example"
    assert found["k1"].of(RecipientKind.SELF).email == "own@mail.example"
    assert found["k1"].of(RecipientKind.GUARDIAN) == NOWHERE
    assert found["k2"].of(REPRESENTATIVE).email is None
    assert found["k1"].key_of(REPRESENTATIVE, "k1") == "k8"
    assert found["k1"].key_of(RecipientKind.SELF, "k1") == "k1"
    assert found["k2"].key_of(REPRESENTATIVE, "k2") == ""


def test_health_counts_who_lacks_which_way_where_the_way_is_mapped(backend: Backend) -> None:
    backend.insert(
        [
            FULL,
            {"id": "k2", "phone": "on request", "street": "Weg 1", "dead": 1, "firm": 1},
            {"id": "k3", "lawyer": "gone", "dead": 1, "kin": "k1"},
        ]
    )

    async def both() -> tuple[Any, Any]:
        on = date(2026, 11, 24)
        return (
            await directory(backend, **EVERYTHING).health(on=on),
            await directory(backend).health(on=on),
        )

    mapped, unmapped = asyncio.run(both())

    assert (mapped.without_phone, mapped.malformed_phone) == (1, 1)
    assert (mapped.without_postal, mapped.postal_without_country) == (1, 1)
    assert (mapped.without_web_push, mapped.without_app_push, mapped.without_account) == (2, 2, 2)
    assert (mapped.deceased, mapped.deceased_without_next_of_kin) == (2, 1)
    assert (mapped.represented, mapped.representative_gone, mapped.organisations) == (1, 1, 1)
    assert (mapped.without_birth_date, mapped.people) == (2, 3)
    assert (unmapped.without_phone, unmapped.deceased, unmapped.without_account) == (None,) * 3
