"""The planted truth of people whose fate can be read off a page, and the comparison with it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import Do
from tocsin.demo.compare import LedgerPerson, compare
from tocsin.demo.made_up_person import MadeUpPerson
from tocsin.demo.people import make_directory
from tocsin.demo.planted import planted_messages, planted_table
from tocsin.demo.planted_person import Announcement, PlantedPerson
from tocsin.demo.provider_plan import ProviderPlan, provider_plan
from tocsin.demo.relay_plan import relay_plan

ON = date(2026, 11, 24)
PLAIN: dict[str, Any] = {
    "display_name": "Anna O'Brien",
    "email": "anna@mail.example",
    "phone": None,
    "country": "DE",
    "locale": "de-DE",
    "birth_date": "1980-05-17",
    "guardian_id": None,
    "status": "active",
    "system": "shop",
    "signed_up": "2024-01-01",
    "newsletter": 1,
    "has_profile": 1,
    "has_password": 1,
    "has_card": 0,
}


def write(path: Path, *people: dict[str, Any]) -> None:
    columns = [field.name for field in fields(MadeUpPerson)]
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"CREATE TABLE people ({', '.join(columns)})")
        for number, person in enumerate(people):
            row = MadeUpPerson(**({"id": f"c{number}"} | PLAIN | person))
            db.execute(f"INSERT INTO people VALUES ({', '.join('?' * len(columns))})", astuple(row))


def planted(
    tmp_path: Path, *people: dict[str, Any], incident: str = "stolen-credentials", **more: Any
) -> list[PlantedPerson]:
    path = tmp_path / "people.db"
    write(path, *people)
    # a seed of which the relay takes everything from these few addresses
    seed = next(seed for seed in range(1_000) if not relay_plan(path, seed))
    return list(planted_table(path, incident=incident, on=ON, seed=seed, **more))


@pytest.mark.parametrize(
    ("row", "state", "reason"),
    [
        ({}, "reached", None),
        ({"status": "closed"}, "reached", None),
        ({"birth_date": None, "locale": None, "country": None}, "reached", None),
        ({"email": None}, "unreachable", "no_contact"),
        ({"email": "a at mail.example"}, "unreachable", "malformed_address"),
        ({"email": "a@members.example"}, "unreachable", "mailbox_barred"),
        ({"email": "a@members.example", "has_password": 0}, "reached", None),
        ({"has_profile": 0, "has_password": 0}, "excluded", "none_of_their_data"),
        ({"birth_date": "2012-11-25"}, "unreachable", "no_guardian"),
        ({"birth_date": "2012-11-24"}, "reached", None),
        ({"birth_date": "2008-11-25", "country": "CN"}, "unreachable", "no_guardian"),
        ({"birth_date": "2008-11-24", "country": "CN"}, "reached", None),
    ],
)
def test_what_must_become_of_one_person(
    tmp_path: Path, row: dict[str, Any], state: str, reason: str | None
) -> None:
    (person,) = planted(tmp_path, row)

    assert person.state == state
    assert person.reasons[:1] == ((reason,) if reason else ())


def test_only_those_in_scope_are_planted(tmp_path: Path) -> None:
    rows = (
        {"system": "forum"},
        {"newsletter": 0},
        {"signed_up": "2026-06-30"},
        {"signed_up": "2026-07-01"},
    )

    assert [person.key for person in planted(tmp_path, *rows)] == ["c1", "c2"]
    (tmp_path / "people.db").unlink()
    found = planted(tmp_path, *rows, incident="leaked-newsletter")
    assert [person.key for person in found] == ["c0", "c2", "c3"]


def test_accounts_at_one_address_are_told_once_by_each_text(tmp_path: Path) -> None:
    people = planted(
        tmp_path, {}, {"email": "ANNA@mail.example"}, {"has_password": 0}, {"locale": "zh-CN"}
    )

    assert planted_messages(people) == {"anna@mail.example": 3}


def test_minor_and_guardian_are_both_told_in_china_and_the_guardian_alone_elsewhere(
    tmp_path: Path,
) -> None:
    child = {"birth_date": "2014-01-01", "guardian_id": "c0", "email": "child@mail.example"}
    people = planted(tmp_path, {}, child, child | {"country": "CN", "email": "kid@mail.example"})

    assert [person.state for person in people] == ["reached"] * 3
    assert planted_messages(people) == {"anna@mail.example": 3, "kid@mail.example": 1}


def test_a_minor_without_a_guardian_is_still_told(tmp_path: Path) -> None:
    child = {"birth_date": "2014-01-01", "country": "CN", "guardian_id": "gone"}

    (person,) = planted(tmp_path, child)

    assert person.state == "unreachable"
    assert planted_messages([person]) == {"anna@mail.example": 1}


MOBILE, APP, LETTER = (
    {"mobile": "+1 201 555 0100"},
    {"app": "app-0000001"},
    {"address": "Anna O'Brien\nLindenweg 1\n10115 Berlin", "post_country": "DE"},
)


def seed_with(path: Path, wanted: Callable[[ProviderPlan], bool]) -> int:
    """Return a seed of which the relay takes everything, and the providers do as wanted."""
    return next(
        seed
        for seed in range(5_000)
        if not relay_plan(path, seed) and wanted(provider_plan(path, seed))
    )


@pytest.mark.parametrize(
    ("row", "wanted", "taken", "came_to"),
    [
        (MOBILE, lambda p: not p.phones, ["sms"], "delivered"),
        (
            MOBILE | APP,
            lambda p: "dead" in p.phones.values() and not p.apps,
            ["sms", "app_push"],
            "accepted",
        ),
        (MOBILE, lambda p: "dead" in p.phones.values(), ["sms"], "no_contact"),
        (MOBILE, lambda p: "landline" in p.phones.values(), [], "no_contact"),
        (APP, lambda p: not p.apps, ["app_push"], "accepted"),
        (APP | LETTER, lambda p: p.apps and not p.post, ["letter"], "accepted"),
        (LETTER, lambda p: "delivered" in p.post.values(), ["letter"], "delivered"),
        (LETTER, lambda p: "returned" in p.post.values(), ["letter"], "no_contact"),
    ],
)
def test_whom_e_mail_does_not_reach_is_followed_from_channel_to_channel(
    tmp_path: Path,
    row: dict[str, Any],
    wanted: Callable[[ProviderPlan], bool],
    taken: list[str],
    came_to: str,
) -> None:
    path = tmp_path / "people.db"
    write(path, {"email": None} | row)
    seed = seed_with(path, wanted)

    (person,) = planted_table(path, incident="stolen-credentials", on=ON, seed=seed)

    assert [channel for channel, _ in person.notices[0].taken] == taken
    if came_to == "no_contact":
        assert (person.state, person.reasons[0]) == ("unreachable", "no_contact")
    else:
        assert (person.state, person.level) == ("reached", came_to)


@pytest.mark.parametrize(("agreed", "channel"), [(0, "letter"), (1, "email")])
def test_where_the_law_keeps_notices_e_mail_is_for_who_agreed_and_telephones_for_nobody(
    tmp_path: Path, agreed: int, channel: str
) -> None:
    row = {"country": "US-CA", "agreed": agreed} | MOBILE | APP | LETTER
    path = tmp_path / "people.db"
    write(path, row, {})
    seed = seed_with(path, lambda plan: not plan.post)

    there, elsewhere = planted_table(
        path, incident="sold-mailing-list", on=ON, seed=seed, announcement=Announcement.INSTEAD
    )

    assert (there.state, [c for c, _ in there.notices[0].taken]) == ("reached", [channel])
    assert (elsewhere.state, elsewhere.notices) == ("announced", ())


def test_an_announcement_instead_of_notices_sends_nothing(tmp_path: Path) -> None:
    rows: tuple[dict[str, Any], ...] = ({}, {"email": None}, {"has_profile": 0, "has_password": 0})
    people = planted(tmp_path, *rows, announcement=Announcement.INSTEAD)

    assert [person.state for person in people] == ["announced", "announced", "excluded"]
    assert planted_messages(people) == {}


def test_an_announcement_beside_notices_stands_in_for_those_that_fail(tmp_path: Path) -> None:
    people = planted(tmp_path, {}, {"email": None}, announcement=Announcement.BESIDE)

    assert [person.state for person in people] == ["reached", "announced"]
    assert planted_messages(people) == {"anna@mail.example": 1}


def test_whom_the_relay_refuses_for_good_goes_on_to_other_channels_or_is_unreachable(
    tmp_path: Path,
) -> None:
    path = tmp_path / "people.db"
    make_directory(path, people=3_000, seed=3)
    plan = relay_plan(path, 3)
    people = planted_table(path, incident="stolen-credentials", on=ON, seed=3)
    messages = planted_messages(people)

    seen = set()
    for person in people:
        for notice in person.notices:
            behaviour = plan.get(notice.address)
            if behaviour and notice.address:
                seen.add(behaviour.do)
                for_good = behaviour.do in {Do.REFUSE, Do.FULL}
                assert (notice.address in messages) is not for_good
                later = bool({channel for channel, _ in notice.taken} - {"email"})
                assert (bool(notice.reasons) or later) is for_good
    assert seen == {Do.REFUSE, Do.FULL, Do.DEFER, Do.CLOSE_421, Do.DROP_AFTER_DOT}


@dataclass(frozen=True)
class Line:
    address: str
    message_id: str
    accepted: bool = True
    sha256: str = "same"


def as_planted(people: list[PlantedPerson]) -> tuple[list[Line], list[LedgerPerson]]:
    lines = [
        Line(address, f"<{address.partition('@')[0]}-{n}>")
        for address, times in planted_messages(people).items()
        for n in range(times)
    ]
    rows = [LedgerPerson(p.key, p.state, (p.reasons or ("",))[0]) for p in people]
    return lines, rows


@pytest.fixture
def people(tmp_path: Path) -> list[PlantedPerson]:
    return planted(tmp_path, {}, {"email": "b@mail.example"}, {"email": None}, {"system": "forum"})


def test_nothing_differs_when_all_came_out_as_planted(people: list[PlantedPerson]) -> None:
    lines, rows = as_planted(people)
    deferred = Line("B@mail.example", "<b-0>", accepted=False)

    assert compare(people, [deferred, *lines], rows) == ()


def test_a_made_up_directory_agrees_with_itself(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    make_directory(path, people=2_000, seed=5)
    people = list(planted_table(path, incident="leaked-newsletter", on=ON, seed=5))

    assert compare(people, *as_planted(people)) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines, _: lines.pop(0), "c0: 0 notices accepted, 1 planted"),
        (lambda lines, _: lines.append(Line("b@mail.example", "<new>")), "c1: 2 notices accepted"),
        (lambda lines, _: lines.append(lines[0]), "was accepted 2 times"),
        (
            lambda lines, _: lines.append(Line("b@mail.example", "<b-0>", False, "x")),
            "repeated with another content",
        ),
        (lambda lines, _: lines.append(Line("x@mail.example", "<x>")), "nobody in scope: 1"),
        (
            lambda lines, _: lines.append(Line("x@mail.example", "<x>", accepted=False)),
            "1 addresses of nobody in scope",
        ),
        (lambda _, rows: rows.pop(1), "c1: forgotten, reached planted"),
        (lambda _, rows: rows.append(rows[0]), "c0: stands in the ledger more than once"),
        (lambda _, rows: rows.append(LedgerPerson("c3", "reached")), "c3: reached in the ledger"),
        (
            lambda _, rows: rows.__setitem__(0, LedgerPerson("c0", "open")),
            "c0: open in the ledger, reached planted",
        ),
        (
            lambda _, rows: rows.__setitem__(2, LedgerPerson("c2", "unreachable", "mailbox_full")),
            "c2: unreachable for mailbox_full, no_contact planted",
        ),
    ],
)
def test_every_difference_is_found_and_no_address_is_shown(
    people: list[PlantedPerson], change: Any, said: str
) -> None:
    lines, rows = as_planted(people)
    change(lines, rows)

    differences = compare(people, lines, rows)

    assert any(said in difference for difference in differences), differences
    assert not any("@" in difference for difference in differences)
