"""The right to act on an event, while it lasts."""

import time
from dataclasses import dataclass, field
from enum import StrEnum


class Order(StrEnum):
    """What the round's operator wants of whoever holds a lease."""

    GO = "go"
    PAUSE = "pause"
    STOP = "stop"


def boottime() -> float:
    """Return seconds on CLOCK_BOOTTIME: it goes on while the process is stopped or suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(slots=True)
class Lease:
    """A claimed event's lease, renewed by every applied Commit.

    `deadline` is on CLOCK_BOOTTIME and was taken before the transaction that granted it began, so
    it never ends later than the ledger thinks. Whoever writes to a socket asks `may_send` first.
    """

    deadline: float
    length_s: float
    order: Order = Order.GO
    fenced: bool = False
    _renewals: int = field(default=0, repr=False)

    @property
    def alive(self) -> bool:
        """Whether the lease still runs and nobody else took the event."""
        return not self.fenced and boottime() < self.deadline

    @property
    def may_send(self) -> bool:
        """Whether a new message may be handed over now."""
        return self.order is Order.GO and self.alive

    def renew(self, deadline: float, order: Order) -> None:
        """Take over what an applied Commit granted."""
        self.deadline = deadline
        self.order = order
        self._renewals += 1
