"""The made-up directory: messy in the shares that were said, reserved, and always the same."""

import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.directory_mapping import DIRECTORY_MAPPING
from tocsin.demo.names import DEMO_LANES, OWN_DOMAIN
from tocsin.demo.patients import AGREED, WITHOUT_ADDRESS
from tocsin.demo.people import made_up_people, make_directory
from tocsin.demo.provider_plan import BAD_ADDRESSES, provider_plan
from tocsin.demo.relay_plan import relay_plan
from tocsin.directories.mapping import DirectoryMapping

PEOPLE = 20_000


def people_of(path: Path, *, of: str = "system <> 'clinic'") -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        query = f"SELECT * FROM people WHERE {of} ORDER BY id"  # our own words
        return [dict(row) for row in db.execute(query)]


def patients_of(path: Path) -> list[dict[str, Any]]:
    return people_of(path, of="system = 'clinic'")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "people.db"
    make_directory(path, people=PEOPLE, seed=7)
    return path


@pytest.fixture(scope="module")
def people(path: Path) -> list[dict[str, Any]]:
    return people_of(path)


def test_the_same_seed_makes_the_same_people_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_directory(tmp_path / name, people=1_500, seed=seed)

    a, b, c = (people_of(tmp_path / name) for name in "abc")

    assert a == b
    assert a != c
    assert [row["id"] for row in a] == [f"c{n:07d}" for n in range(1, 1_501)]


def test_an_old_directory_is_replaced(tmp_path: Path) -> None:
    make_directory(tmp_path / "p", people=50, seed=1)
    make_directory(tmp_path / "p", people=20, seed=1)

    assert len(people_of(tmp_path / "p")) == 20


def test_every_address_is_in_a_domain_reserved_for_examples(people: list[dict[str, Any]]) -> None:
    domains = {
        row["email"].lower().rpartition("@")[2]
        for row in people
        if row["email"] and "@" in row["email"]
    }

    assert {domain for domain in domains if not domain.endswith(".example")} == {"localhost"}
    assert DEMO_LANES.keys() <= domains
    assert all(row["phone"] is None or row["phone"].startswith("+999 ") for row in people)


@pytest.mark.parametrize(
    ("percent", "tolerance", "mess"),
    [
        (2, 0, lambda row: row["email"] is None),
        (4, 0, lambda row: row["status"] == "closed"),
        (1, 0, lambda row: not (row["has_profile"] or row["has_password"] or row["phone"])),
        (1, 0.01, lambda row: (row["email"] or "").endswith(OWN_DOMAIN)),
        (6, 0.3, lambda row: row["locale"] is None),
        (1, 0.2, lambda row: row["country"] is None),
        (5, 0.1, lambda row: (row["birth_date"] or "") > "2009-11-30"),
        (60, 2, lambda row: row["system"] == "shop" and row["signed_up"] <= "2026-06-30"),
        (50, 2, lambda row: row["newsletter"]),
        (49, 3, lambda row: (row["country"] or "").strip().upper() == "CN"),
    ],
)
def test_the_shares_are_those_that_were_said(
    people: list[dict[str, Any]], percent: float, tolerance: float, mess: Any
) -> None:
    share = 100 * sum(bool(mess(row)) for row in people) / PEOPLE

    assert abs(share - percent) <= tolerance


def test_every_mobile_is_kept_free_for_fiction_and_one_persons_alone(
    people: list[dict[str, Any]],
) -> None:
    mobiles = [row["mobile"] for row in people if row["mobile"]]

    assert len(mobiles) > PEOPLE / 4
    assert len(set(mobiles)) == len(mobiles)
    assert all(re.fullmatch(r"\+1 [2-9]\d\d 555 01\d\d", mobile) for mobile in mobiles)


def test_who_lives_in_california_has_an_address_and_half_of_them_agreed_to_e_mail(
    people: list[dict[str, Any]],
) -> None:
    there = [row for row in people if row["country"] == "US-CA"]

    assert 300 < len(there) < 500
    assert all(row["address"] and row["post_country"] == "US" for row in there)
    assert 0.4 < sum(row["agreed"] for row in there) / len(there) < 0.6
    assert not any(row["agreed"] for row in people if row["country"] == "DE")


def test_the_clinic_has_so_many_patients_in_one_state_that_its_media_are_told(path: Path) -> None:
    patients = patients_of(path)

    assert Counter(row["country"] for row in patients) == {"US-TX": 545, "US-NM": 75}
    assert sum(row["address"] is None for row in patients) == WITHOUT_ADDRESS
    assert sum(row["agreed"] for row in patients) == AGREED
    assert not any(row["newsletter"] for row in patients)


def test_so_many_letters_come_back_that_ten_patients_and_more_are_not_reached(path: Path) -> None:
    plan = provider_plan(path, 7)
    gone = {row["id"] for row in patients_of(path) if row["address"] is None}
    back = {row["id"] for row in patients_of(path) if plan.post.get(row["id"]) == "returned"}

    assert gone.isdisjoint(back)
    assert len(gone) < 10 <= len(gone | back) == BAD_ADDRESSES


def test_addresses_are_shared_in_pairs_and_families(people: list[dict[str, Any]]) -> None:
    holders = Counter(row["email"].lower() for row in people if row["email"])
    spellings = {row["email"] for row in people if row["email"]}

    sharing = sum(count - 1 for count in holders.values())
    assert 0.03 * PEOPLE <= sharing <= 0.05 * PEOPLE
    assert len(spellings) > len(holders)


def test_guardians_are_grown_up_and_live_where_their_children_do(
    people: list[dict[str, Any]],
) -> None:
    by_key = {row["id"]: row for row in people}
    children = [row for row in people if row["guardian_id"]]
    known = [(row, by_key[row["guardian_id"]]) for row in children if row["guardian_id"] in by_key]

    assert 0 < len(children) - len(known) < len(known)
    for child, guardian in known:
        assert (guardian["birth_date"] or "1900") < "2009"
        assert child["country"] == guardian["country"]
        assert not (guardian["email"] or "").endswith(OWN_DOMAIN)


def test_names_are_as_odd_as_real_ones(people: list[dict[str, Any]]) -> None:
    names = " ".join(row["display_name"] or "" for row in people)

    for oddity in ("O'Brien", "王小明", "ß", "Ø", "-", "O’Neill", "欧阳"):
        assert oddity in names


def test_a_person_keeps_their_name_out_of_logs() -> None:
    person = next(iter(made_up_people(1, seed=1)))

    assert repr(person) == "MadeUpPerson(***)"


def test_the_mapping_fits_the_directory(path: Path) -> None:
    mapping = DirectoryMapping.model_validate(dict(DIRECTORY_MAPPING))
    with closing(sqlite3.connect(path)) as db:
        columns = {name for _, name, *_ in db.execute("PRAGMA table_info(people)")}

    assert {column for _, column in mapping.places()} <= columns


def test_the_relay_treats_addresses_in_fixed_shares(path: Path) -> None:
    plan = relay_plan(path, 7)
    addresses = {row["email"].lower() for row in people_of(path) if row["email"]}
    shares = Counter(plan[address].do.value for address in plan.keys() & addresses)

    for do, percent in {
        "refuse": 2,
        "defer": 3,
        "close_421": 0.5,
        "drop_after_dot": 0.5,
        "full": 0.2,
    }.items():
        assert abs(100 * shares[do] / len(addresses) - percent) < percent / 10
    assert all(plan[spelling] == plan[spelling.lower()] for spelling in plan)
    assert relay_plan(path, 7) == plan
    assert relay_plan(path, 8) != plan
