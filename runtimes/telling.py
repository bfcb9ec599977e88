"""Tells what a worker's applied Commits mean to others, as lifecycle events on a stream."""

import asyncio

from tocsin.ledger import reads
from tocsin.ledger.ledger import Ledger
from tocsin.rules.telling import progressed, rounds_moved, told
from tocsin.runtimes.clock import Clock
from tocsin.runtimes.log import structlog
from tocsin.schemas.commit import Commit, Transition
from tocsin.schemas.event import Claimed
from tocsin.streams.teller import Teller

_log = structlog.get_logger("tocsin.telling")


class Telling:
    """A tap of the step: what it is told after a Commit was applied, it tells on."""

    def __init__(self, teller: Teller, *, clock: Clock) -> None:
        """Name who tells."""
        self._teller = teller
        self._clock = clock
        self._moves: asyncio.Queue[tuple[str, Transition]] = asyncio.Queue()

    def tap(self, moment: str, claimed: Claimed, commit: Commit | None) -> None:
        """Hear of a moment of the step; at once, and without waiting for anybody."""
        if moment != "after" or commit is None:
            return
        now = self._clock.now()
        for data in told(claimed.event, commit, now=now):
            self._teller.tell(data, at=now)
        for moved in rounds_moved(commit):
            self._moves.put_nowait((claimed.event.incident, moved))

    async def run(self, ledger: Ledger) -> None:
        """Tell of rounds that moved, with their equations, until cancelled."""
        while True:
            incident, moved = await self._moves.get()
            try:
                equation = await ledger.ask(reads.coverage, moved.name)
                data = progressed(incident, moved, equation)
                self._teller.tell(data, at=self._clock.now())
            except Exception as error:  # noqa: BLE001  # the next is told all the same
                _log.warning("not told", round=moved.name, error=type(error).__name__)
