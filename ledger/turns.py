"""Whose turn it is at the database: one piece of work after the other, and nobody waits in vain.

Where another process does the work, a thread waits for it. Where it is done here (SQLite), it is
done at once: a thread of its own would only fight for the interpreter with the one that sends.
What may be long, a lock that another process holds or a query over a whole round, is never waited
for here: sockets are served meanwhile, and leases renewed.
"""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection
from tocsin.ledger.backend import Backend
from tocsin.schemas.lease import boottime

T = TypeVar("T")
HELD_UP = 1 / 3
"""Of a lease: longer than this nothing of ours takes, unless we are held up."""


class Turns:
    """Gives each piece of work its turn at one backend."""

    def __init__(self, backend: Backend) -> None:
        """Name the backend; nothing is opened yet."""
        self._backend = backend
        self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._at_the_lock = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger-lock")
        self._mine = asyncio.Lock()
        self.lease_s = math.inf
        """The length of leases here."""
        self.sweeps_at = 0.0
        """From when leases of others may be swept, on CLOCK_BOOTTIME."""

    async def read(self, work: Callable[[], T]) -> T:
        """Do a piece of work that writes nothing."""

        def timed() -> T:
            began = boottime()
            try:
                return work()
            finally:
                self._note(began)

        return await self._in_thread(self._aside, timed) if self._backend.waits else timed()

    async def write(self, work: Callable[[Connection], T], *, outlasts: bool = True) -> T:
        """Do a piece of work in a transaction of its own; then others here have a turn.

        `outlasts` as in `Backend.write`.
        """
        write = partial(self._backend.write, work, outlasts=outlasts)
        if self._backend.waits:
            return await self.read(write)
        began = boottime()
        try:
            return await self._write_here(write)
        finally:
            self._note(began)

    async def study(self, query: Callable[[Connection], T]) -> T:
        """Answer a query that takes long, in one snapshot; other work goes on where it can."""
        return await self._in_thread(self._aside, lambda: self._backend.study(query))

    async def close(self) -> None:
        """Disconnect, when all that was begun is done."""
        try:
            await self._in_thread(self._aside, self._backend.close)
        finally:
            self.end()

    def end(self) -> None:
        """Let go of the threads."""
        self._aside.shutdown()
        self._at_the_lock.shutdown()

    async def _write_here(self, write: Callable[[], T]) -> T:
        async with self._mine:
            await self._seize()
            try:
                return write()
            finally:
                self._backend.let_go()
                await asyncio.sleep(0)

    async def _seize(self) -> None:
        if self._backend.seize(wait=False):
            return
        seize = partial(self._backend.seize, wait=True)
        waiting = asyncio.ensure_future(self._in_thread(self._at_the_lock, seize))
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            while not waiting.done():  # it cannot be called back, and nobody else would let go
                with suppress(asyncio.CancelledError):
                    await asyncio.shield(waiting)
            self._backend.let_go()
            raise

    def _note(self, began: float) -> None:
        """Note how long a piece of work took: whoever was held up for long sweeps for no lease.

        What held us up, a lock or the database, held others up too: their leases ran out while
        nobody could renew them, and taking their events over would tell people twice.
        """
        if boottime() - began > self.lease_s * HELD_UP:
            self.sweeps_at = boottime() + self.lease_s

    @staticmethod
    async def _in_thread(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, work)
