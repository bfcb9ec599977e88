"""What became of a hand-over and of an obligation: closed sets, translated at each edge."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a hand-over did not succeed, or why nothing was sent. Provider texts never enter it."""

    NONE = ""
    # the address or mailbox
    NO_CONTACT = "no_contact"
    MALFORMED_ADDRESS = "malformed_address"
    NO_SUCH_MAILBOX = "no_such_mailbox"
    MAILBOX_FULL = "mailbox_full"
    MAILBOX_BARRED = "mailbox_barred"
    NOT_AGREED = "not_agreed"
    """The law wants their agreement for this channel, and none is on record."""
    NO_GUARDIAN = "no_guardian"
    NO_REPRESENTATIVE = "no_representative"
    NO_NEXT_OF_KIN = "no_next_of_kin"
    NO_ANSWER = "no_answer"
    # the other side
    REFUSED_BY_POLICY = "refused_by_policy"
    REFUSED_CONTENT = "refused_content"
    RATE_LIMITED = "rate_limited"
    TEMPORARY_FAILURE = "temporary_failure"
    RELAY_UNAVAILABLE = "relay_unavailable"
    CONNECTION_LOST = "connection_lost"
    TIMED_OUT = "timed_out"
    PROTOCOL_ERROR = "protocol_error"
    RELAY_REFUSED_US = "relay_refused_us"
    NOT_ASKED = "not_asked"
    """The provider named a time before which it wants to be left alone; nothing was handed over."""
    # the ladder and the directory
    RETRIES_EXHAUSTED = "retries_exhausted"
    NO_LONGER_HELD = "no_longer_held"
    NONE_OF_THEIR_DATA = "none_of_their_data"
    SAME_ADDRESS = "same_address"
    ADDRESS_CHANGED = "address_changed"
    ANNOUNCED_INSTEAD = "announced_instead"
    SUPPRESSED = "suppressed"
    """Listed as not to be told on this channel."""
    TOLD_EARLIER = "told_earlier"
    """Told by other means before, as somebody put on record with what shows it."""
    NO_RECEIPT = "no_receipt"
    """Handed over, and nothing was heard in the time in which something should be."""


ANNOUNCED_LATER_RUNG = 100
"""The rung on which it stands that an announcement came to stand in for a notice that had failed.

It is behind every other, so that it is the last word on an obligation that nobody was told of.
"""

OUR_OWN = frozenset({Reason.RELAY_UNAVAILABLE, Reason.RELAY_REFUSED_US, Reason.NOT_ASKED})
"""Reasons that lie with our own relay: however long it is down, nobody is unreachable for it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took responsibility for the message."""

    provider_ref: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now; the provider may take it later. `retry_after` in seconds, if it said."""

    reason: Reason
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Never, on this channel."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The content was handed over and the answer never came: sent again, byte for byte."""

    reason: Reason


SendOutcome = Accepted | Deferred | Refused | InDoubt


class Result(StrEnum):
    """The `result` of an outcome fact: of an attempt, or the settlement of an obligation."""

    # Attempts; only the first of them settles.
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    # Settlements, without a hand-over.
    COVERED = "covered"
    EXCLUDED = "excluded"
    UNREACHABLE = "unreachable"
    ANNOUNCED = "announced"

    @property
    def settles(self) -> bool:
        """Whether an obligation with this result is no longer open."""
        return self not in {Result.DEFERRED, Result.REFUSED, Result.IN_DOUBT}


class Level(StrEnum):
    """How surely a reached person was reached: accepted < delivered < confirmed."""

    NONE = ""
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
