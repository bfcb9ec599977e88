"""Stopping a worker: at any moment, and heeded at once."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from tocsin.runtimes.clock import WallClock
from tocsin.runtimes.slots import Bell, Slots


class Idle:
    """A step that finds nothing, and is told to stop while it looks."""

    stopping = False
    full = ()

    def __init__(self) -> None:
        self.slots: Slots | None = None
        self.clock = WallClock()
        self.ledger = SimpleNamespace(changes=self._nothing, has_due=self._nothing)

    async def _nothing(self, **_: Any) -> int:
        return 0

    async def take(self, *, max_weight: int | None = None) -> bool:
        assert self.slots is not None
        self.slots.stop()
        await asyncio.sleep(0.01)
        return False

    def stop(self) -> None:
        self.stopping = True

    def go_on(self) -> None:
        self.stopping = False


def test_a_stop_that_comes_while_a_slot_looks_for_work_is_heeded_at_once() -> None:
    async def work() -> None:
        step = Idle()
        step.slots = Slots(cast("Any", step), slots=1, small=1, bell=Bell())
        async with asyncio.timeout(5):
            await step.slots.run()

    asyncio.run(work())
