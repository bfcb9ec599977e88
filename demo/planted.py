"""The planted truth: what must become of each made-up person.

Worked out from what the generator knows, with code of its own: it shares no rule with the product,
so that the two can be compared.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tocsin.demo.behaviour import Behaviour
from tocsin.demo.planted_person import (
    PLANTED_INCIDENTS,
    Announcement,
    PlantedIncident,
    PlantedNotice,
    PlantedPerson,
)
from tocsin.demo.planted_ways import followed
from tocsin.demo.provider_plan import ProviderPlan, provider_plan
from tocsin.demo.relay_plan import relay_plan


@dataclass(frozen=True, slots=True)
class _World:
    """What is done to whom, and when it is."""

    relay: Mapping[str, Behaviour]
    providers: ProviderPlan
    on: date
    by_letter: bool
    """Letters are printed; else there is e-mail alone."""


def planted_table(
    directory_path: Path,
    *,
    incident: str,
    on: date,
    seed: int,
    announcement: Announcement = Announcement.NONE,
    incidents: Mapping[str, PlantedIncident] = PLANTED_INCIDENTS,
    every_channel: bool = True,
) -> tuple[PlantedPerson, ...]:
    """Return everybody in an incident's scope, in key order.

    `on` is the day on which ages count. `seed` is the one of the relay's and the providers' plans;
    without `every_channel` there is e-mail alone.
    """
    touched = incidents[incident]
    world = _World(
        relay_plan(directory_path, seed), provider_plan(directory_path, seed), on, every_channel
    )
    with closing(sqlite3.connect(f"{directory_path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        rows = {row["id"]: row for row in db.execute("SELECT * FROM people ORDER BY id")}
    people = []
    for row in rows.values():
        if not _is_touched(row, touched):
            continue
        kinds = tuple(kind for kind in touched.kinds if _holds(row, kind))
        law = touched.law or law_of(row)
        if not kinds:
            person = PlantedPerson(row["id"], "excluded", ("none_of_their_data",), ())
        elif announcement is Announcement.INSTEAD and law not in touched.keeps_notices:
            person = PlantedPerson(row["id"], "announced", (), ())
        else:
            agreed_alone = law in touched.keeps_notices
            guardian = rows.get(row["guardian_id"])
            notices = _notices(row, guardian, (law, *kinds), world, agreed_alone=agreed_alone)
            person = _person(row["id"], notices, announcement)
        people.append(person)
    return tuple(people)


def planted_messages(people: Sequence[PlantedPerson]) -> dict[str, int]:
    """Return address in lower case -> messages that the relay must accept for it."""
    texts: dict[str, set[tuple[str, ...]]] = {}
    for person in people:
        for notice in person.notices:
            if ("email", notice.address) in notice.taken:
                texts.setdefault(notice.address, set()).add(notice.text)
    return {address: len(told) for address, told in texts.items()}


def law_of(row: sqlite3.Row) -> str:
    """Return under whose law somebody lives; who lives nobody knows where counts as German."""
    residence = (row["country"] or "DE").strip().upper()
    return residence[:2] if residence in {"CN", "US-CA"} else "EU"


def _notices(
    row: sqlite3.Row,
    guardian: sqlite3.Row | None,
    law_and_kinds: tuple[str, ...],
    world: _World,
    *,
    agreed_alone: bool,
) -> tuple[PlantedNotice, ...]:
    law, *kinds = law_and_kinds
    notices = []
    for recipient in _told(row["birth_date"], law, world.on):
        about = guardian if recipient == "guardian" else row
        language = _language(about["locale"] if about else None, law)
        text = (law, language, recipient, *kinds)
        if about is None:
            notices.append(PlantedNotice(recipient, "", text, ("no_guardian",)))
            continue
        leaked = recipient != "guardian" and any(kind.startswith("password") for kind in kinds)
        followed_to = followed(
            about,
            row["id"],
            relay=world.relay,
            providers=world.providers,
            mailbox_leaked=leaked,
            agreed_alone=agreed_alone,
            by_letter=world.by_letter,
        )
        notices.append(PlantedNotice(recipient, followed_to.address, text, *followed_to.came_to))
    return tuple(notices)


def _person(
    key: str, notices: tuple[PlantedNotice, ...], announcement: Announcement
) -> PlantedPerson:
    failed = next((notice for notice in notices if notice.reasons), None)
    if failed is None:
        return PlantedPerson(key, "reached", (), notices)
    if announcement is not Announcement.NONE:
        return PlantedPerson(key, "announced", (), notices)
    return PlantedPerson(key, "unreachable", failed.reasons, notices)


def _is_touched(row: sqlite3.Row, incident: PlantedIncident) -> bool:
    return (
        incident.system in {None, row["system"]}
        and row["signed_up"] <= incident.until
        and (bool(row["newsletter"]) or not incident.newsletter_only)
    )


def _holds(row: sqlite3.Row, kind: str) -> bool:
    if kind.startswith("password"):
        return bool(row["has_password"])
    if kind.startswith("payment_card"):
        return bool(row["has_card"])
    if kind == "phone_number":
        return row["phone"] is not None
    if kind == "date_of_birth":
        return row["birth_date"] is not None
    return bool(row["has_profile"])


def _told(birth_date: str | None, law: str, on: date) -> tuple[str, ...]:
    """Return who is told: in China minor and guardian below 18, elsewhere the guardian below 14."""
    if birth_date is None:
        return ("self",)
    born = date.fromisoformat(birth_date)
    age = on.year - born.year
    if (on.month, on.day) < (born.month, born.day):
        age -= 1
    if law == "CN":
        return ("minor", "guardian") if age < 18 else ("self",)  # noqa: PLR2004  # majority
    return ("guardian",) if age < 14 else ("self",)  # noqa: PLR2004  # the operator's setting


def _language(locale: str | None, law: str) -> str:
    if locale is None:
        return "zh-Hans" if law == "CN" else "en"
    return "zh-Hans" if locale.startswith("zh") else "en"
