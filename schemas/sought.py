"""Whom a round that follows looks for: people of earlier rounds, by what they were called there."""

from typing import NamedTuple


class EarlierPerson(NamedTuple):
    """A person of an earlier round, and what their obligations came to."""

    number: int
    pseudonym: str
    told: str
    """The roles in which they were told, or may have been; joined by a space."""
    open: str
    """The roles in which they are open and nothing was handed over; joined by a space."""


class SoughtRow(NamedTuple):
    """Not a fact: somebody whom a round looks for in the directory, until they are found."""

    digest: str
    """Their pseudonym in the earlier round."""
    origin: str
    """The earlier round."""
    person: int
    """Their number in it."""
    recipients: str
    """The roles in which they are told now, joined by a space."""


class Unfound(NamedTuple):
    """Somebody who was looked for, and whom the directory does not hold any more."""

    digest: str
    recipients: str
    residence: str
    regimes: str
