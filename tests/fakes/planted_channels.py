"""Made-up people with planted fates on every channel: where each must end, worked out apart.

It shares no rule with the product: which channel comes first, what a bounce means and what is left
at the end are said here once more, in the plainest way.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.push_service import Browser

LADDER = ("email", "app_push", "web_push", "sms", "call", "letter")
"""The order in which these people are followed."""
_STREETS = ("Lindenweg", "Hafenstraße", "Am Markt", "Gartenweg", "Schulstraße")


@dataclass
class Planted:
    """One person: what the directory holds of them, and what happens on each channel.

    Fates: e-mail `arrives`, `receipt` (a DSN says delivered), `bounces`; pushes `shown`, `gone`;
    text messages `arrives`, `dead` (Twilio says so later), `landline` (it says so at once); calls
    `answered`, `confirmed`, `nobody`; letters `posted`, `delivered`, `returned`.
    """

    number: int
    fates: dict[str, str] = field(default_factory=dict)
    row: dict[str, Any] = field(default_factory=dict)

    @property
    def expected(self) -> tuple[str, str, str]:
        """State, level and reason at the end."""
        reason = ""
        for channel in LADDER:
            fate = self.fates.get(channel)
            if fate is None:
                continue
            if fate in _LEVEL:
                return "reached", _LEVEL[fate], ""
            reason = reason or _REASON[fate]
        return "unreachable", "", reason or "no_contact"

    @property
    def told(self) -> tuple[str, ...]:
        """The channels on which a message for them is taken over."""
        found = []
        for channel in LADDER:
            fate = self.fates.get(channel)
            if fate is None:
                continue
            if fate not in {"gone", "landline"}:
                found.append(channel)
            if fate in _LEVEL:
                break
        return tuple(found)


_LEVEL: Mapping[str, str] = {
    "receipt": "delivered",
    "shown": "accepted",
    "arrives": "accepted",
    "arrived": "delivered",
    "answered": "delivered",
    "confirmed": "confirmed",
    "posted": "accepted",
    "delivered": "delivered",
}
_REASON: Mapping[str, str] = {
    "bounces": "no_such_mailbox",
    "gone": "no_such_mailbox",
    "dead": "no_such_mailbox",
    "landline": "mailbox_barred",
    "nobody": "no_answer",
    "returned": "no_such_mailbox",
}


def plant(people: int, *, seed: int, push_url: str) -> list[Planted]:
    """Return people: 8 % late bounces, 3 % dead phones, 1 % pushes gone, 2 % letters returned."""
    chance = random.Random(seed)  # noqa: S311  # a plan, no secret
    return [_person(n, chance, push_url) for n in range(people)]


def _person(number: int, chance: random.Random, push_url: str) -> Planted:
    person = Planted(number)
    row: dict[str, Any] = {"id": f"k{number:07d}", "country": "DE", "locale": "en"}
    row["locale"] = "zh-CN" if number % 5 == 0 else "en"
    row |= dict.fromkeys(("email", "phone", "web_push", "app_push"))
    row |= dict.fromkeys(("name", "street", "town"))
    fates = person.fates
    if chance.random() < 0.8:
        row["email"] = address_of(number)
        fates["email"] = _one(chance, bounces=8, receipt=10, rest="arrives")
    if chance.random() < 0.15:
        row["app_push"] = f"token-{number}"
        fates["app_push"] = _one(chance, gone=1, rest="shown")
    if chance.random() < 0.15:
        row["web_push"] = Browser(f"browser-{number}").subscription(push_url)
        fates["web_push"] = _one(chance, gone=1, rest="shown")
    if chance.random() < 0.6:
        row["phone"] = phone_of(number)
        phone = _one(chance, dead=3, landline=8, rest="mobile")
        fates["sms"] = {"dead": "dead", "landline": "landline"}.get(phone, "arrived")
        answer = _one(chance, confirmed=50, rest="answered")
        fates["call"] = "nobody" if phone == "dead" else answer
    if chance.random() < 0.7:
        row["name"] = f"Erika Muster{number}"
        row["street"] = f"{_STREETS[number % 5]} {number % 200 + 1}"
        row["town"] = f"{10_000 + number % 80_000:05d} Musterstadt"
        fates["letter"] = _one(chance, returned=2, delivered=49, rest="posted")
    person.row = row
    return person


def _one(chance: random.Random, *, rest: str, **percent: int) -> str:
    at = chance.random() * 100
    for fate, share in percent.items():
        if at < share:
            return fate
        at -= share
    return rest


def address_of(number: int) -> str:
    return f"person{number}@mail.example"


def phone_of(number: int) -> str:
    """Return a number of the Washington area: what it is called is made up, and nobody calls."""
    return f"+1202{2_000_000 + number % 7_999_999:07d}"
