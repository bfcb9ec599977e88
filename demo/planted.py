"""The planted truth: what must become of each made-up person.

Worked out from what the generator knows, with code of its own: it shares no rule with the product,
so that the two can be compared.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from tocsin.demo.behaviour import Behaviour, Do
from tocsin.demo.names import OWN_DOMAIN
from tocsin.demo.planted_person import (
    PLANTED_INCIDENTS,
    Announcement,
    PlantedIncident,
    PlantedNotice,
    PlantedPerson,
)
from tocsin.demo.relay_plan import relay_plan


def planted_table(
    directory_path: Path,
    *,
    incident: str,
    on: date,
    seed: int,
    announcement: Announcement = Announcement.NONE,
    incidents: Mapping[str, PlantedIncident] = PLANTED_INCIDENTS,
) -> tuple[PlantedPerson, ...]:
    """Return everybody in an incident's scope, in key order.

    `on` is the day on which ages count. `seed` is the one of the relay's plan.
    """
    touched, relay = incidents[incident], relay_plan(directory_path, seed)
    with closing(sqlite3.connect(f"{directory_path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        rows = {row["id"]: row for row in db.execute("SELECT * FROM people ORDER BY id")}
    people = []
    for row in rows.values():
        if not _is_touched(row, touched):
            continue
        kinds = tuple(kind for kind in touched.kinds if _holds(row, kind))
        if not kinds:
            person = PlantedPerson(row["id"], "excluded", ("none_of_their_data",), ())
        elif announcement is Announcement.INSTEAD:
            person = PlantedPerson(row["id"], "announced", (), ())
        else:
            notices = _notices(row, rows.get(row["guardian_id"]), kinds, relay, on)
            person = _person(row["id"], notices, announcement)
        people.append(person)
    return tuple(people)


def planted_messages(people: Sequence[PlantedPerson]) -> dict[str, int]:
    """Return address in lower case -> messages that the relay must accept for it."""
    texts: dict[str, set[tuple[str, ...]]] = {}
    for person in people:
        for notice in person.notices:
            if not notice.reasons:
                texts.setdefault(notice.address, set()).add(notice.text)
    return {address: len(told) for address, told in texts.items()}


def _notices(
    row: sqlite3.Row,
    guardian: sqlite3.Row | None,
    kinds: tuple[str, ...],
    relay: Mapping[str, Behaviour],
    on: date,
) -> tuple[PlantedNotice, ...]:
    residence = (row["country"] or "DE").strip().upper()
    notices = []
    for recipient in _told(row["birth_date"], residence, on):
        about = guardian if recipient == "guardian" else row
        language = _language(about["locale"] if about else None, residence)
        text = ("CN" if residence == "CN" else "EU", language, recipient, *kinds)
        reason = _obstacle(about, kinds, barring=recipient != "guardian")
        address = about["email"].lower() if about and not reason else ""
        reasons = (reason,) if reason else _failure(relay.get(address))
        notices.append(PlantedNotice(recipient, address, text, reasons))
    return tuple(notices)


def _person(
    key: str, notices: tuple[PlantedNotice, ...], announcement: Announcement
) -> PlantedPerson:
    failed = next((notice for notice in notices if notice.reasons), None)
    if failed is None:
        return PlantedPerson(key, "reached", (), notices)
    if announcement is Announcement.BESIDE:
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


def _told(birth_date: str | None, residence: str, on: date) -> tuple[str, ...]:
    """Return who is told: in China minor and guardian below 18, elsewhere the guardian below 14."""
    if birth_date is None:
        return ("self",)
    born = date.fromisoformat(birth_date)
    age = on.year - born.year
    if (on.month, on.day) < (born.month, born.day):
        age -= 1
    if residence == "CN":
        return ("minor", "guardian") if age < 18 else ("self",)  # noqa: PLR2004  # majority
    return ("guardian",) if age < 14 else ("self",)  # noqa: PLR2004  # the operator's setting


def _language(locale: str | None, residence: str) -> str:
    if locale is None:
        return "zh-Hans" if residence == "CN" else "en"
    return "zh-Hans" if locale.startswith("zh") else "en"


def _obstacle(row: sqlite3.Row | None, kinds: tuple[str, ...], *, barring: bool) -> str:
    """Return why nothing can be sent to the holder of a row, or nothing."""
    if row is None:
        return "no_guardian"
    email = row["email"]
    if email is None:
        return "no_contact"
    mailbox, _, domain = email.lower().partition("@")
    plain = email.isascii() and " " not in email and "@" not in domain
    if not (plain and domain.endswith(".example") and not mailbox.endswith(".")):
        return "malformed_address"
    own = domain == OWN_DOMAIN and any(kind.startswith("password") for kind in kinds)
    return "mailbox_barred" if barring and own else ""


def _failure(behaviour: Behaviour | None) -> tuple[str, ...]:
    """Return why the relay never accepts, or nothing; the reason may point at another's notice."""
    if behaviour is not None and behaviour.do is Do.REFUSE:
        return ("no_such_mailbox", "same_address")
    if behaviour is not None and behaviour.do is Do.FULL:
        return ("retries_exhausted", "mailbox_full", "same_address")
    return ()
