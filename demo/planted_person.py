"""What is planted: the incidents, and what must become of one person in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Announcement(StrEnum):
    """What part a public announcement plays."""

    NONE = "none"
    BESIDE = "beside"
    """It stands in for those whose notice fails."""
    INSTEAD = "instead"
    """It replaces the notices of all whose law lets it, and stands in where others' fail."""


@dataclass(frozen=True, slots=True)
class PlantedIncident:
    """Whom an incident touched, and what leaked."""

    kinds: tuple[str, ...]
    system: str | None = None
    until: str = "9999-12-31"
    """The last day of sign-up that is concerned, ISO 8601."""
    newsletter_only: bool = False
    law: str = ""
    """The law that covers everybody, wherever they live; else that of where each lives."""
    keeps_notices: frozenset[str] = frozenset()
    """Laws under which each is written to, by letter, or by e-mail to who agreed to that."""


PLANTED_INCIDENTS: Mapping[str, PlantedIncident] = MappingProxyType(
    {
        "stolen-credentials": PlantedIncident(
            kinds=(
                "email_address",
                "name",
                "phone_number",
                "password_strong_hash",
                "payment_card_partial",
            ),
            system="shop",
            until="2026-06-30",
        ),
        "leaked-newsletter": PlantedIncident(kinds=("email_address", "name"), newsletter_only=True),
        "sold-mailing-list": PlantedIncident(
            kinds=("email_address", "name", "postal_address", "bank_account"),
            newsletter_only=True,
            keeps_notices=frozenset({"US"}),
        ),
        "stolen-patient-records": PlantedIncident(
            kinds=("name", "date_of_birth", "medical", "insurance_policy"),
            system="clinic",
            law="HIPAA",
            keeps_notices=frozenset({"HIPAA"}),
        ),
    }
)
"""The incidents of `examples/` and of the demo, by the name of their file."""


class PlantedNotice(NamedTuple):
    """One recipient of one person: where the notice goes, and which text it has."""

    recipient: str
    address: str
    """In lower case; empty when nothing can be sent."""
    text: tuple[str, ...]
    """Regime, locale, recipient, kinds: who has the same at the same address is told at once."""
    reasons: tuple[str, ...]
    """Why it fails, most exact first; empty when it is accepted."""
    taken: tuple[tuple[str, str], ...] = ()
    """Channel and place of every message that is taken over, the last one the one that holds."""
    own: bool = False
    """The last message is this notice's own, whoever else is written to there."""
    level: str = ""
    """How surely it is known to have come there; empty where it does not."""

    def __repr__(self) -> str:
        return "PlantedNotice(***)"


@dataclass(frozen=True, slots=True, repr=False)
class PlantedPerson:
    """What must become of one person: their state, why, and what is sent on the way."""

    key: str
    state: str
    """A `PersonState`."""
    reasons: tuple[str, ...]
    """The reasons that the ledger may give, most exact first; empty for those who are reached."""
    notices: tuple[PlantedNotice, ...]

    @property
    def level(self) -> str:
        """How surely they are reached, as the least sure of their notices; empty if not."""
        if self.state != "reached":
            return ""
        levels = {notice.level for notice in self.notices}
        return "accepted" if "accepted" in levels else "delivered"

    def __repr__(self) -> str:
        return f"PlantedPerson({self.state})"
