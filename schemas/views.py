"""What the ledger answers: projections as frozen records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.schemas.audience import AudienceCounts
from tocsin.schemas.lease import Order


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as the projection has it."""

    id: str
    title: str
    organisation: str
    drill: bool
    state: str
    raised_by: str
    revision: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round as the projection has it."""

    id: str
    incident: str
    revision: int
    kind: str
    state: str
    opened_at: datetime
    in_scope: int | None
    audience_root: str
    counts: AudienceCounts | None
    follows: tuple[str, ...] = ()
    """The rounds that it follows, oldest first."""
    takes_over: tuple[str, ...] = ()
    """Of these, the stopped ones whose open people it tells."""

    @property
    def order(self) -> Order:
        """What senders of this round must do now."""
        if self.state == "paused":
            return Order.PAUSE
        return Order.STOP if self.state in {"stopped", "closed"} else Order.GO


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm that stands in the ledger."""

    incident: str
    name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeadEvent:
    """An event that gave up: its people stay open until it is replayed."""

    id: str
    incident: str
    type: str
    weight: int
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the event table holds that is not done: events, not people."""

    waiting: int
    """Due now and not claimed."""
    claimed: int
    dead: int
    oldest_s: float
    """Seconds since the oldest waiting one came due."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Live counts of a round: attempts and settlements by lane and result."""

    round: str
    lane: str
    result: str
    count: int


@dataclass(frozen=True, slots=True)
class LaneView:
    """What a lane of a round came to on one rung, and whether it is held."""

    round: str
    lane: str
    rung: int
    channel: str
    counts: Mapping[tuple[str, str], int]
    """(result, or what was heard; reason) -> notices."""
    held: bool = False
    reason: str = ""
    """Why it is, or was, held."""
    released: tuple[int, int] | None = None
    """(handed over, hard) when a person last let it go; None where nobody had to."""
