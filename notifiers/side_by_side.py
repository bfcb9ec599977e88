"""Messages handed over side by side: at most so many at once, at a kept rate, with credits.

One per notifier that asks a provider over HTTP. All its sends share places, rate and credits, so
that with `flush` F and `connections` C at most F + C messages are out without an applied flush.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from tocsin.notifiers.credits import Credits
from tocsin.notifiers.sending import Sending
from tocsin.notifiers.sent import Sent
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import SendOutcome

Deliver = Callable[[Message, Lease], Awaitable[SendOutcome | None]]
"""Hands one message over; None where the lease no longer let it start."""

_PULSE_S = 0.1


class SideBySide:
    """The places, the rate and the credits of one notifier; `name` stands in every `Sent`."""

    def __init__(self, name: str, *, flush: int, connections: int, rate_per_s: float) -> None:
        self._name = name
        self._connections = connections
        self._places = asyncio.Semaphore(connections)
        self._gap_s = 1 / rate_per_s
        self._next_at = 0.0
        self._flush_at = max(1, flush // 2)
        self._credit = Credits(flush + connections)
        self._sendings: set[Sending] = set()
        self._given = asyncio.Event()

    async def send(
        self, messages: Sequence[Message], lease: Lease, deliver: Deliver
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Carry messages and yield their outcomes in flushes, some empty; see `SmtpMailer.send`.

        When the lease is lost, what is in flight is cut off and has no outcome. An error that
        `deliver` raises ends the sending and is raised here.
        """
        waiting = deque(messages)
        sending = Sending(
            {self._name: waiting},
            lease,
            sender_of=_nobody,
            bound=True,
            flush_at=self._flush_at,
            credit=self._credit,
        )
        self._sendings.add(sending)
        loop = asyncio.get_running_loop()
        places = min(self._connections, len(messages))
        workers = [loop.create_task(self._work(sending, waiting, deliver)) for _ in range(places)]
        watch = loop.create_task(_watch(sending, workers))

        def ended(worker: asyncio.Task[None]) -> None:
            if not worker.cancelled() and worker.exception() is not None:
                waiting.clear()
            sending.wake()

        for worker in workers:
            worker.add_done_callback(ended)
        try:
            while True:
                flush = await sending.next_flush()
                finished = sending.finished
                if flush or not finished:
                    yield flush
                    sending.apply(flush)
                    self._ring()
                if finished:
                    break
        finally:
            self._sendings.discard(sending)
            sending.close()
            for task in (watch, *workers):
                task.cancel()
            await asyncio.wait({watch, *workers})
            self._ring()
        for worker in workers:
            if not worker.cancelled() and (error := worker.exception()) is not None:
                raise error

    async def _work(self, sending: Sending, waiting: deque[Message], deliver: Deliver) -> None:
        while waiting:
            async with self._places:
                while waiting and self._credit.available == 0:
                    self._credit.relieve()
                    await self._given.wait()
                if not sending.lease.may_send:
                    return
                message = sending.draw(self._name, may_help=lambda _other: False)
                if message is None:
                    return
                try:
                    await self._turn()
                    outcome = await deliver(message, sending.lease)
                except BaseException:
                    sending.drop()
                    raise
                if outcome is None:
                    sending.drop()
                    self._ring()
                else:
                    sending.record(message, outcome, self._name)

    async def _turn(self) -> None:
        """Wait for this message's time, so that no more than the rate are asked for."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + self._gap_s
        if at > now:
            await asyncio.sleep(at - now)

    def _ring(self) -> None:
        """Wake whoever waits for a credit."""
        self._given.set()
        self._given = asyncio.Event()


def _nobody(_message: Message) -> bytes:
    """Return the envelope sender where there is no envelope."""
    return b""


async def _watch(sending: Sending, workers: Sequence[asyncio.Task[None]]) -> None:
    """See what rings no bell: a lease that ends, or an order that came by another send."""
    while True:
        await asyncio.sleep(_PULSE_S)
        if not sending.lease.alive:
            for worker in workers:
                worker.cancel()
        if not sending.lease.may_send:
            sending.wake()
