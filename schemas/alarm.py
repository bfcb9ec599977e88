"""Alarms: what needs a person, how urgent it is, and who is reached by which means."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tocsin.schemas.outcome import Reason, Result


class Gravity(StrEnum):
    """How urgent an alarm is."""

    NOTE = "note"
    """Somebody should know it the next working day."""
    WARNING = "warning"
    """Something is held, or a clock comes near its end: today."""
    URGENT = "urgent"
    """A clock is about to end or did, or the work does not go on: now, also at night."""


class Means(StrEnum):
    """How a duty officer is reached."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Officer:
    """A duty officer as the stages know one: by name and means, never by address."""

    name: str
    means: tuple[Means, ...]
    gravities: frozenset[Gravity]


@dataclass(frozen=True, slots=True)
class Call:
    """What a duty officer is told. Ids, counts and times: no personal data."""

    incident: str
    alarm: str
    """Name of the alarm's fact."""
    link: int
    """Number of the link in which that fact stands: with the name it names this very alarm."""
    gravity: Gravity
    text: str
    at: datetime
    """When the alarm was raised; the same however often it is told."""
    drill: bool


class Rung(NamedTuple):
    """What ringing one officer by one means came to."""

    result: Result
    reason: Reason = Reason.NONE
    field: str = ""
    """The setting that is wrong, where that is the reason."""
