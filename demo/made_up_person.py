"""One made-up person, with what is wrong or odd about the row that an organisation has of them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tocsin.demo import names

MESS = (
    {"no_email": 20, "malformed": 10, "shared": 30, "barred": 10, "upper_case": 30, "plus": 40},
    {"minor": 50, "nothing_held": 10, "no_birth_date": 30},
    {"no_residence": 10, "untidy_residence": 10},
    {"no_locale": 60},
    {"cancelled": 40},
)
"""What is wrong or odd with how many people in a thousand; one of each line at most."""

MAILBOX_MESS = frozenset(MESS[0])
_LAST_DAY = date(2026, 11, 23)
"""Nobody signed up, and no child was born, after it: the demo is the same on any later day."""
_FIRST_DAY = date(2019, 1, 1)
_ONE_IN = 3
"""So many people to a mobile: there are 8,000 numbers."""
_STOLEN_ON = date(2026, 6, 30)


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
    mobile: str | None = None
    """A number that text messages reach; all are kept free for fiction."""
    app: str | None = None
    """The token of the shop's app on their telephone."""
    address: str | None = None
    """The lines of an envelope, without the country."""
    post_country: str | None = None
    agreed: int = 0
    """Agreed on record to be told by e-mail; only American law asks."""

    def __repr__(self) -> str:
        return "MadeUpPerson(***)"


def adult(rng: Random, number: int, country: str, mess: frozenset[str]) -> MadeUpPerson:
    """Make up a grown person with an account of their own."""
    name, mailbox = _name(rng, country)
    domains: Sequence[str] = names.CHINESE_DOMAINS if country == "CN" else names.EUROPEAN_DOMAINS
    if country in names.STATES:
        domains = names.AMERICAN_DOMAINS
    born = _LAST_DAY - timedelta(days=rng.randrange(19 * 366, 85 * 365))
    usual = next((locale for code, locale, _ in names.COUNTRIES if code == country), "en-US")
    foreign = "en" if country == "CN" else "zh-CN"
    untidy = "untidy_residence" in mess and country not in names.STATES
    written = f" {country.lower()} " if untidy else country
    return MadeUpPerson(
        id=f"c{number:07d}",
        display_name=name,
        email=_email(mailbox, number, rng.choice(domains), mess),
        phone=f"+999 {number:09d}" if _chance(rng, 70) else None,  # 999 is no country's code
        country=None if "no_residence" in mess else written,
        locale=None if "no_locale" in mess else rng.choices([usual, foreign], [95, 5])[0],
        birth_date=None if "no_birth_date" in mess else born.isoformat(),
        guardian_id=None,
        status="closed"
        if "cancelled" in mess
        else rng.choices(["active", "suspended"], [98, 2])[0],
        system=rng.choices(["shop", "forum", "archive"], [75, 20, 5])[0],
        signed_up=_signed_up(rng),
        newsletter=int(_chance(rng, 50)),
        has_profile=1,
        has_password=int("barred" in mess or _chance(rng, 90)),
        has_card=int(_chance(rng, 40)),
    )


def reach(rng: Random, person: MadeUpPerson, place: str) -> None:
    """Give some a mobile, some the app, some an address on paper.

    In the United States the shop has everybody's address, and of half the agreement to be told by
    e-mail; mobiles and the app are for the others.
    """
    if place in names.STATES:
        live(person, place)
        person.agreed = int(_chance(rng, 50))
        return
    number = int(person.id[1:])
    if number % _ONE_IN == 0:
        person.mobile = _mobile(number // _ONE_IN)
    if _chance(rng, 35):
        person.app = f"app-{number:07d}"
    if _chance(rng, 35):
        live(person, place)


def live(person: MadeUpPerson, place: str) -> None:
    """Give an address on paper, in the order of an envelope."""
    street, town = names.PLACES[place]
    number = int(person.id[1:])
    line = f"{street} {number}"
    if place == "CN":
        line = f"{street}{number}号"
    elif place in {"FR", "IE"} or place in names.STATES:
        line = f"{number} {street}"
    person.address = f"{person.display_name}\n{line}\n{town}"
    person.post_country = place[:2]


def _mobile(number: int) -> str | None:
    """Return a number kept free for fiction, another one for each, while there are any."""
    area, rest = divmod(number, names.FICTION)
    if area >= len(names.AREA_CODES):
        return None
    return f"+1 {names.AREA_CODES[area]} 555 01{rest:02d}"


def _signed_up(rng: Random) -> str:
    """Return a day; four in five had signed up when the shop's data was stolen."""
    first, last = _FIRST_DAY, _STOLEN_ON
    if _chance(rng, 20):
        first, last = _STOLEN_ON + timedelta(days=1), _LAST_DAY
    return (first + timedelta(days=rng.randrange((last - first).days + 1))).isoformat()


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
    if "barred" in mess:
        return f"{mailbox}.{number}@{names.OWN_DOMAIN}"
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


def make_minor(
    rng: Random, child: MadeUpPerson, guardians: Sequence[MadeUpPerson], *, has_own: bool
) -> None:
    """Give a birth date below 18 on any day of the demo, and to three in five a guardian's row."""
    days = rng.randrange(3 * 365, 17 * 365)
    child.birth_date = (_LAST_DAY - timedelta(days=days)).isoformat()
    child.has_card = 0
    if guardians and _chance(rng, 60):
        guardian = rng.choice(guardians)
        child.guardian_id = guardian.id
        child.country, child.locale = guardian.country, guardian.locale
        if guardian.email is not None and not has_own and _chance(rng, 30):
            child.email = guardian.email  # the family has one mailbox
    elif _chance(rng, 10):
        child.guardian_id = "c9999999"  # the guardian's row is gone


def share_address(rng: Random, person: MadeUpPerson, partner: MadeUpPerson) -> None:
    """Give the address of another account; half of the pairs are the same person twice."""
    if partner.email is not None:
        person.email = partner.email.capitalize() if _chance(rng, 30) else partner.email
    if _chance(rng, 50):
        person.phone, person.country, person.locale = partner.phone, partner.country, partner.locale
        person.birth_date = partner.birth_date
        person.has_password, person.has_card = partner.has_password, partner.has_card


def _chance(rng: Random, percent: int) -> bool:
    return rng.randrange(100) < percent
