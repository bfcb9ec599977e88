"""Slots and the bell: how many events are carried out at once, and what wakes them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tocsin.runtimes.step import Step

POLL_S = 0.05
"""How often another process's commits are looked for."""
LOOK_LATER_S = 0.1
"""How long a slot waits that found nothing but batches of lanes that have their part here."""
LOOK_EVERY = 2
"""Every so many polls a timer that came due, or a lease that ran out, is looked for too."""


class Bell:
    """Wakes waiting slots. A ring carries nothing that is needed: slots look for themselves."""

    def __init__(self) -> None:
        """Start silent."""
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake every waiting slot."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait for a ring, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return


class Slots:
    """N slots that take any event, and one that takes only what weighs at most `small`.

    The small slot is why five people are told in the middle of a million, also behind a slow relay.
    """

    def __init__(self, step: Step, *, slots: int, small: int, bell: Bell) -> None:
        """Name the parts."""
        self._step = step
        self._limits: tuple[int | None, ...] = (*(None for _ in range(slots)), small)
        self._bell = bell
        self._busy = 0
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Take nothing new; what is in flight ends in order."""
        self._step.stop()
        self._stopped.set()
        self._bell.ring()

    async def run(self, idle: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Work until stopped, or, with `idle`, until it says that nothing is left."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch(idle))
                for limit in self._limits:
                    group.create_task(self._slot(limit))
        finally:
            self._stopped.clear()
            self._step.go_on()

    async def _slot(self, limit: int | None) -> None:
        while not self._stopped.is_set():
            self._busy += 1
            try:
                taken = await self._step.take(max_weight=limit)
            finally:
                self._busy -= 1
            if taken:
                self._bell.ring()
                continue
            if self._stopped.is_set():  # the ring of stop() may have come during the take
                return
            if limit is None and self._step.full:
                await self._look_later()
            else:
                await self._bell.wait(60)

    async def _look_later(self) -> None:
        """Let some time pass: what waits may be thousands of batches of lanes with their part."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_LATER_S):
                await self._stopped.wait()

    async def _watch(self, idle: Callable[[], Awaitable[bool]] | None) -> None:
        """Ring when another process committed or something came due; stop when all is idle."""
        ledger, clock = self._step.ledger, self._step.clock
        seen, looked = -1, 0
        while not self._stopped.is_set():
            changes = await ledger.changes()
            looked = (looked + 1) % LOOK_EVERY
            due = looked == 0 and await ledger.has_due(now=clock.now(), full=self._step.full)
            if changes != seen or due:
                seen = changes
                self._bell.ring()
            if idle is not None and self._busy == 0 and looked == 0 and await idle():
                self.stop()
            await asyncio.sleep(POLL_S)
