"""What a worker hears on the streams, and what it does then: ring its bell, keep live figures.

Nothing that comes in by a stream is trusted or needed: what cannot be read is left aside, and a
message that never came is a slower claim.
"""

from collections.abc import Mapping

from tocsin.rules.figures import Figures, Place
from tocsin.runtimes.clock import Clock
from tocsin.runtimes.log import structlog
from tocsin.runtimes.slots import Bell
from tocsin.schemas.cloud_events import data_of, parse_wire, read_event
from tocsin.schemas.errors import TocsinError
from tocsin.schemas.lifecycle import OutcomesRecorded, WorkWaiting

_log = structlog.get_logger("tocsin.hearing")


class Lifecycle:
    """Hears lifecycle events: work that waits rings the bell, outcomes enter the live figures."""

    def __init__(self, *, bell: Bell, clock: Clock) -> None:
        """Name the bell to ring."""
        self._bell = bell
        self._clock = clock
        self._figures = Figures()
        self.heard = 0
        self.unreadable = 0

    def hear(self, value: bytes) -> None:
        """Take one message; never raises."""
        self.heard += 1
        try:
            event = read_event(parse_wire(value))
            data = data_of(event)
        except TocsinError as error:
            self.unreadable += 1
            _log.warning("unreadable lifecycle event", field=error.field, error=error.message)
            return
        if isinstance(data, WorkWaiting):
            self._bell.ring()
        elif isinstance(data, OutcomesRecorded):
            now = self._clock.now()
            self._figures.hear(f"{event.source}/{event.id}", data, at=event.time, now=now)

    def per_second(self) -> Mapping[Place, float]:
        """Return the live figures of what this worker heard within the last minute."""
        return self._figures.per_second(now=self._clock.now())
