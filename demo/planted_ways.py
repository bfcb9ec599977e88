"""How far one notice is followed: e-mail, text message, push, letter, until one of them is taken.

Code of its own, as all of the planted truth.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tocsin.demo.behaviour import Behaviour, Do
from tocsin.demo.names import OWN_DOMAIN
from tocsin.demo.provider_plan import ProviderPlan, dialled


@dataclass(slots=True)
class Followed:
    """Where a notice went, and what came of it."""

    address: str
    """The mailbox in lower case; empty where no e-mail can be sent."""
    reasons: list[str] = field(default_factory=list)
    """Why each channel failed that was tried, the first one first."""
    taken: list[tuple[str, str]] = field(default_factory=list)
    """Channel and place of every message that was taken over, though it may have come back."""
    level: str = ""
    """How surely it is known to have come there; empty while it has not."""
    tried_before: bool = False
    """A channel was tried before the last one, so that nobody shares the last message."""

    @property
    def came_to(self) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], bool, str]:
        """Return the rest of a `PlantedNotice`, from its reasons on."""
        reasons = () if self.level else tuple(self.reasons)
        return reasons, tuple(self.taken), self.tried_before, self.level


def followed(
    row: sqlite3.Row,
    person: str,
    *,
    relay: Mapping[str, Behaviour],
    providers: ProviderPlan,
    mailbox_leaked: bool,
    agreed_alone: bool,
    by_letter: bool,
) -> Followed:
    """Follow a notice about the person of a key to the holder of a row.

    Where the law lets e-mail be used by agreement alone, it allows letters beside it and no more.
    """
    obstacle = _obstacle(row, mailbox_leaked=mailbox_leaked)
    if not obstacle and agreed_alone and not row["agreed"]:
        obstacle = "not_agreed"
    found = Followed("" if obstacle else row["email"].lower())
    if obstacle:
        found.reasons.append(obstacle)
    else:
        refused = _relay_failure(relay.get(found.address))
        found.reasons += refused
        if not refused:
            found.taken.append(("email", found.address))
            found.level = "accepted"
            return found
        found.tried_before = True
    if not by_letter:
        return found
    for channel, place, taken, why, level in _later(row, person, providers, alone=agreed_alone):
        if taken:
            found.taken.append((channel, place))
        if not why:
            found.level = level
            return found
        found.reasons.append(why)
        found.tried_before = True
    return found


def _later(
    row: sqlite3.Row, person: str, providers: ProviderPlan, *, alone: bool
) -> Iterator[tuple[str, str, bool, str, str]]:
    """Yield channel, place, whether it is taken over, why it fails in the end, how sure it is."""
    if row["mobile"] and not alone:
        number = dialled(row["mobile"])
        fate = providers.phones.get(number, "")
        why = {"dead": "no_such_mailbox", "landline": "mailbox_barred"}.get(fate, "")
        yield "sms", number, fate != "landline", why, "delivered"
    if row["app"] and not alone:
        gone = row["app"] in providers.apps
        yield "app_push", row["app"], not gone, "no_such_mailbox" if gone else "", "accepted"
    if row["address"]:
        fate = providers.post.get(person, "")
        sure = "delivered" if fate == "delivered" else "accepted"
        yield "letter", row["address"], True, "no_such_mailbox" if fate == "returned" else "", sure


def _obstacle(row: sqlite3.Row, *, mailbox_leaked: bool) -> str:
    """Return why no e-mail can be sent to the holder of a row, or nothing."""
    email = row["email"]
    if email is None:
        return "no_contact"
    mailbox, _, domain = email.lower().partition("@")
    plain = email.isascii() and " " not in email and "@" not in domain
    if not (plain and domain.endswith(".example") and not mailbox.endswith(".")):
        return "malformed_address"
    return "mailbox_barred" if domain == OWN_DOMAIN and mailbox_leaked else ""


def _relay_failure(behaviour: Behaviour | None) -> tuple[str, ...]:
    """Return why the relay never accepts, or nothing; the reason may point at another's notice."""
    if behaviour is not None and behaviour.do is Do.REFUSE:
        return ("no_such_mailbox", "same_address")
    if behaviour is not None and behaviour.do is Do.FULL:
        return ("retries_exhausted", "mailbox_full", "same_address")
    return ()
