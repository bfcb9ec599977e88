"""What comes back about a notice after it was handed over: bounces, receipts, results."""

from enum import StrEnum
from typing import NamedTuple

from tocsin.schemas.identifiers import ReturnCode
from tocsin.schemas.outcome import Reason


class Heard(StrEnum):
    """What was heard of a notice. Never backwards: who was reached by it stays reached by it."""

    DELIVERED = "delivered"
    """It arrived: in the mailbox, on the handset, through the door."""
    CONFIRMED = "confirmed"
    """The person acted: pressed a key, replied, ticked a box. Never a mere view of a page."""
    FAILED = "failed"
    """It will not arrive, and here is why."""


class Receipt(NamedTuple):
    """One thing that was heard of one notice. Holds no contact detail."""

    code: ReturnCode
    heard: Heard
    reason: Reason = Reason.NONE
    """Why it failed; empty otherwise."""
    source: str = ""
    """Who said so: `dsn`, `twilio`, `fcm`, the name of a print house ..."""


class HandedOver(NamedTuple):
    """What is on record of an obligation's notice on one rung."""

    person: int
    accepted: bool
    """Whether it was taken over; only then is anything that comes back about it."""
    attempts: int
    is_over: bool
    """Whether the obligation went on from this rung."""
    heard: frozenset[Heard]
    why: Reason = Reason.NONE
    """Why it failed, where it was heard to have."""
