"""What the ledger answers: projections as frozen records."""

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
