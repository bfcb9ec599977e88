"""Who must not be written to, and why: looked up by key, e-mail address or telephone number.

A suppression is an order or a danger, not a wish about advertising: who unsubscribed from a
newsletter is owed the notice of a breach like everybody else.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from tocsin.schemas.canonical import canonical
from tocsin.schemas.channels import Channel
from tocsin.schemas.identifiers import keyed_digest
from tocsin.schemas.person import NOWHERE, Reach

EVERY_CHANNEL = frozenset(Channel) - {Channel.NONE}
NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})


class SuppressionReason(StrEnum):
    """Why somebody must not be written to."""

    COURT_ORDER = "court_order"
    DECEASED = "deceased"
    DO_NOT_CONTACT = "do_not_contact"
    """They forbade every message, after they were told what that means."""
    UNSAFE_AT_HOME = "unsafe_at_home"
    """Somebody else reads or hears what comes there, and that is a danger to them."""
    WRONG_PERSON = "wrong_person"
    """The number or mailbox belongs to somebody else by now."""


class Suppression(NamedTuple):
    """One line of a list; it holds no key, address or number."""

    channels: frozenset[Channel]
    reason: SuppressionReason
    listed_in: str
    """Name of the list."""
    override_reason: str = ""
    """Why the operator sends all the same; empty where they do not."""


class Suppressions:
    """What all lists say. The repr is masked: the lists name people."""

    def __init__(
        self,
        *,
        by_key: Mapping[str, Sequence[Suppression]],
        by_email: Mapping[str, Sequence[Suppression]],
        by_phone: Mapping[str, Sequence[Suppression]],
        overrides: Mapping[str, str] = NO_OVERRIDES,
    ) -> None:
        """Take what is said of keys, of addresses in lower case, and of numbers in E.164.

        `overrides`: name of each list that bars nothing -> why the operator sends all the same.
        """
        self._by_key, self._by_email, self._by_phone = by_key, by_email, by_phone
        self.overrides = dict(overrides)

    def of(self, key: str, reach: Reach = NOWHERE) -> frozenset[Channel]:
        """Return the channels that must not be used for a recipient.

        `key` is the recipient's own: a guardian's for the guardian. Whoever can be reached at a
        listed address or number is meant as well, on all the channels that the line names. Lists
        that the operator overrides bar nothing here; `said_of` tells them for the record.
        """
        barring = (each for each in self.said_of(key, reach) if not each.override_reason)
        return _joined(each.channels for each in barring)

    def said_of(self, key: str, reach: Reach = NOWHERE) -> tuple[Suppression, ...]:
        """Return every line that concerns a recipient, overridden or not, each once."""
        found = list(self._by_key.get(key, ()))
        if reach.email is not None:
            found += self._by_email.get(reach.email.strip().lower(), ())
        if reach.phone is not None:
            found += self._by_phone.get(reach.phone, ())
        return tuple(dict.fromkeys(found))

    def digest(self, key: bytes) -> str:
        """Return HMAC-SHA-256(key, all that is said), hex; the order of the lines is no matter.

        It shows that the lists changed, and nobody can try keys, addresses or numbers on it.
        """
        said = [
            (what, whom, sorted(line.channels), line.reason, line.listed_in, line.override_reason)
            for what, lists in enumerate((self._by_key, self._by_email, self._by_phone))
            for whom, lines in lists.items()
            for line in lines
        ]
        return keyed_digest(key, canonical([sorted(said), self.overrides]).decode())

    def __len__(self) -> int:
        """Return how many keys, addresses and numbers are listed."""
        return len(self._by_key) + len(self._by_email) + len(self._by_phone)

    def __repr__(self) -> str:
        return f"Suppressions(***, {len(self)} entries)"


def _joined(sets: Iterable[frozenset[Channel]]) -> frozenset[Channel]:
    return frozenset[Channel]().union(*sets)
