"""A directory of made-up people, as messy as real ones, always the same for the same seed."""

import sqlite3
import unicodedata
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from types import MappingProxyType

from tocsin.demo import names
from tocsin.demo.shares import Shares

MESS = MappingProxyType(
    {
        "no_email": 20,
        "malformed": 10,
        "shared": 30,
        "cancelled": 40,
        "minor": 50,
        "no_locale": 60,
        "no_residence": 10,
        "barred": 10,
        "nothing_held": 10,
        "no_birth_date": 30,
        "upper_case": 30,
        "plus": 40,
        "untidy_residence": 10,
    }
)
"""What is wrong or odd with how many people in a thousand."""

DIRECTORY_MAPPING = MappingProxyType(
    {
        "table": "people",
        "key": "id",
        "email": "email",
        "residence": "country",
        "locale": "locale",
        "birth_date": "birth_date",
        "cancelled": "status",
        "cancelled_values": ["closed"],
        "guardian_key": "guardian_id",
        "own_mailbox_domains": [names.OWN_DOMAIN],
        "columns": {
            name: name for name in ("system", "signed_up", "newsletter", "country", "status")
        },
        "holds": {
            "email_address": "has_profile",
            "username": "has_profile",
            "name": "has_profile",
            "postal_address": "has_profile",
            "usage_purchase_history": "has_profile",
            "device_ids_ip": "has_profile",
            "phone_number": "phone",
            "date_of_birth": "birth_date",
            "password_plaintext": "has_password",
            "password_weak_hash": "has_password",
            "password_strong_hash": "has_password",
            "payment_card_partial": "has_card",
            "payment_card_full": "has_card",
        },
    }
)
"""How this directory is to be read; the fields of `DirectoryMapping`."""

_ROWS_AT_ONCE = 10_000
_POOL = 200
_LAST_DAY = date(2026, 10, 31)
"""Nobody signed up, and no child was born, after it: the demo is the same on any later day."""


@dataclass(slots=True, repr=False)
class MadeUpPerson:
    """One row of the table `people`."""

    id: str
    display_name: str | None
    email: str | None
    phone: str | None
    country: str | None
    locale: str | None
    birth_date: str | None
    guardian_id: str | None
    status: str
    system: str
    signed_up: str
    newsletter: int
    has_profile: int
    has_password: int
    has_card: int

    def __repr__(self) -> str:
        return "MadeUpPerson(***)"


def make_directory(path: Path, *, people: int, seed: int) -> None:
    """Write a new SQLite directory of made-up people; an old file at `path` is replaced.

    Three in five are touched by an incident in the shop, half by one in the newsletter. Every
    address is in a domain reserved for examples (RFC 2606); no phone number is in use.
    """
    path.unlink(missing_ok=True)
    columns = [field.name for field in fields(MadeUpPerson)]
    numeric = {"newsletter", "has_profile", "has_password", "has_card"}
    table = ", ".join(
        f"{name} {'INTEGER' if name in numeric else 'TEXT'}" for name in columns if name != "id"
    )
    rows = (astuple(person) for person in made_up_people(people, seed=seed))
    insert = f"INSERT INTO people VALUES ({', '.join('?' * len(columns))})"  # noqa: S608  # only marks
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")  # it can be made again
        db.execute("BEGIN")
        db.execute(f"CREATE TABLE people (id TEXT PRIMARY KEY NOT NULL, {table}) WITHOUT ROWID")
        while chunk := list(islice(rows, _ROWS_AT_ONCE)):
            db.executemany(insert, chunk)
        db.execute("COMMIT")


def made_up_people(people: int, *, seed: int) -> Iterator[MadeUpPerson]:
    """Yield the people of a directory in key order."""
    rng = Random(seed)
    shares = Shares(MESS, rng)
    countries = [country for country, _, _ in names.COUNTRIES]
    weights = [weight for _, _, weight in names.COUNTRIES]
    # adults who were made up lately: guardians and partners with whom an address is shared
    lately: dict[str | None, deque[MadeUpPerson]] = {}
    for number in range(1, people + 1):
        mess = shares.next()
        country = rng.choices(countries, weights)[0]
        person = _adult(rng, number, country, mess)
        pool = lately.setdefault(country, deque(maxlen=_POOL))
        if "minor" in mess:
            _make_minor(rng, person, pool)
        elif "shared" in mess and pool:
            _share_address(rng, person, rng.choice(pool))
        elif "barred" in mess:
            person.email = f"m{number}@{names.OWN_DOMAIN}"
            person.has_password = 1
        elif "nothing_held" in mess:
            person.display_name = person.phone = person.birth_date = None
            person.has_profile = person.has_password = person.has_card = 0
        else:
            pool.append(person)
        yield person


def _adult(rng: Random, number: int, country: str, mess: frozenset[str]) -> MadeUpPerson:
    name, mailbox = _name(rng, country)
    domains = names.CHINESE_DOMAINS if country == "CN" else names.EUROPEAN_DOMAINS
    born = _LAST_DAY - timedelta(days=rng.randrange(19 * 366, 85 * 365))
    usual = next(locale for code, locale, _ in names.COUNTRIES if code == country)
    foreign = "en" if country == "CN" else "zh-CN"
    written = f" {country.lower()} " if "untidy_residence" in mess else country
    return MadeUpPerson(
        id=f"c{number:07d}",
        display_name=name,
        email=_email(mailbox, number, rng.choice(domains), mess),
        phone=f"+999 {number:09d}" if rng.random() < 0.7 else None,  # 999 is nobody's country code
        country=None if "no_residence" in mess else written,
        locale=None if "no_locale" in mess else rng.choices([usual, foreign], [95, 5])[0],
        birth_date=None if "no_birth_date" in mess else born.isoformat(),
        guardian_id=None,
        status="closed"
        if "cancelled" in mess
        else rng.choices(["active", "suspended"], [98, 2])[0],
        system=rng.choices(["shop", "forum", "archive"], [75, 20, 5])[0],
        signed_up=_signed_up(rng),
        newsletter=int(rng.random() < 0.5),
        has_profile=1,
        has_password=int(rng.random() < 0.9),
        has_card=int(rng.random() < 0.4),
    )


def _signed_up(rng: Random) -> str:
    """Return a day: four in five before July 2026, when the shop's copy was stolen."""
    if rng.random() < 0.8:
        return (date(2019, 1, 1) + timedelta(days=rng.randrange(2737))).isoformat()
    return (date(2026, 7, 1) + timedelta(days=rng.randrange(123))).isoformat()


def _name(rng: Random, country: str) -> tuple[str, str]:
    """Return a name, and the mailbox that someone of that name may have."""
    if country == "CN":
        family, family_latin = rng.choice(names.CHINESE_FAMILIES)
        given, given_latin = rng.choice(names.CHINESE_GIVEN)
        return family + given, f"{family_latin}.{given_latin}"
    given, family = rng.choice(names.EUROPEAN_GIVEN), rng.choice(names.EUROPEAN_FAMILIES)
    return f"{given} {family}", _latin(f"{given}.{family}")


def _latin(text: str) -> str:
    for letter, plain in (("ß", "ss"), ("ł", "l"), ("Ł", "L"), ("ø", "o"), ("Ø", "O"), ("’", "'")):
        text = text.replace(letter, plain)
    decomposed = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return decomposed.replace(" ", "").lower()


def _email(mailbox: str, number: int, domain: str, mess: frozenset[str]) -> str | None:
    if "no_email" in mess:
        return None
    address = f"{mailbox}.{number}{'+shop' if 'plus' in mess else ''}@{domain}"
    if "malformed" in mess:
        broken = (
            address.replace("@", " at "),
            address.replace("@", "@@"),
            address.replace(".", " ", 1),
            address.replace("@", ".@"),
            f"{mailbox}.{number}@localhost",
            f"名{address}",
            address.partition("@")[0],
        )
        return broken[number % len(broken)]
    return address.upper() if "upper_case" in mess else address


def _make_minor(rng: Random, child: MadeUpPerson, adults: deque[MadeUpPerson]) -> None:
    """Give a birth date below 18 on any day of the demo, and to three in five a guardian's row."""
    days = rng.randrange(3 * 365, 17 * 365)
    child.birth_date = (_LAST_DAY - timedelta(days=days)).isoformat()
    child.has_card = 0
    draw = rng.random()
    if draw < 0.57 and adults:
        guardian = rng.choice(adults)
        child.guardian_id = guardian.id
        child.country, child.locale = guardian.country, guardian.locale
        if rng.random() < 0.3:  # the family has one mailbox
            child.email = guardian.email
    elif draw < 0.6:
        child.guardian_id = "c9999999"  # the guardian's row is gone


def _share_address(rng: Random, person: MadeUpPerson, partner: MadeUpPerson) -> None:
    """Give the address of another account; half of the pairs are the same person twice."""
    person.email = partner.email
    if person.email is not None and rng.random() < 0.3:
        person.email = person.email.capitalize()
    if rng.random() < 0.5:
        for name in ("country", "locale", "birth_date", "has_password", "has_card"):
            setattr(person, name, getattr(partner, name))
        person.phone = partner.phone and person.phone
