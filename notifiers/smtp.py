"""E-mail over SMTP relays (RFC 5321): kept connections, outcomes in flushes, a bound on doubt."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import Self

from tocsin.notifiers.credits import Credits
from tocsin.notifiers.envelope_sender import EnvelopeSender, senders_of
from tocsin.notifiers.health import RelayHealth
from tocsin.notifiers.pool import RelayPool
from tocsin.notifiers.relay_pace import RelayPace
from tocsin.notifiers.relay_settings import RelaySettings
from tocsin.notifiers.sending import Sending
from tocsin.notifiers.sent import Sent, part_of
from tocsin.notifiers.waiting import Assignment, Waiting
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message

_PULSE_S = 0.25


class SmtpMailer:
    """Hands messages to relays and says what became of each.

    `flush` (F) bounds the outcomes that are not yet applied; with C connections in all, at most
    F + C messages are out without a record: on each connection one, whose content is written.

        async with SmtpMailer(relays, flush=500) as mailer:
            async with aclosing(mailer.send(messages, lease, sender=address)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was
    """

    def __init__(self, relays: Sequence[RelaySettings], *, flush: int) -> None:
        names = [relay.name for relay in relays]
        if not relays or len(set(names)) != len(names):
            message = "every relay needs a name of its own, and there must be one"
            raise InvalidInput(message, field="relays", fix="name at least one relay, each once")
        if not any(relay.weight for relay in relays):
            message = "no relay has a weight"
            raise InvalidInput(message, field="relays.weight", fix="give one relay a weight of 1")
        if flush < 1:
            message = "flush is a number of messages"
            raise InvalidInput(message, field="flush", fix="write 1 or more")
        self._relays = {relay.name: relay for relay in relays}
        self._flush_at = part_of(flush)
        self._credit = Credits(flush + sum(relay.connections for relay in relays))
        self._health = {
            relay.name: RelayHealth(relay.name, timeout_s=relay.timeout_s) for relay in relays
        }
        self._assignment = Assignment({r.name: r.weight for r in relays}, self._health)
        paces = {r.name: RelayPace(r.per_s) for r in relays if r.per_s is not None}
        self._waiting = Waiting(self._credit, self._health, paces)
        self._group: asyncio.TaskGroup | None = None
        self._pools: tuple[RelayPool, ...] = ()
        self._workers: tuple[asyncio.Task[None], ...] = ()

    @property
    def credits(self) -> Credits:
        """The credits that all sends of this mailer share."""
        return self._credit

    async def __aenter__(self) -> Self:
        """Start the workers; connections are made when a message needs them."""
        self._group = await asyncio.TaskGroup().__aenter__()
        self._pools = tuple(
            RelayPool(relay, self._waiting, self._health[relay.name])
            for relay in self._relays.values()
        )
        workers = [task for pool in self._pools for task in pool.start(self._group)]
        workers.append(self._group.create_task(self._pulse(), name="relays pulse"))
        self._workers = tuple(workers)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the workers and leave the relays."""
        group, self._group = self._group, None
        for worker in self._workers:
            worker.cancel()
        if not isinstance(error, asyncio.CancelledError):
            kind = error = trace = None  # the block's own error leaves as it is, in no group
        try:
            if group is not None:
                await group.__aexit__(kind, error, trace)
        finally:
            for pool in self._pools:
                pool.leave()

    async def send(
        self,
        messages: Sequence[Message],
        lease: Lease,
        *,
        sender: EnvelopeSender,
        relay: str | None = None,
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Send messages and yield their outcomes in flushes, some of them empty.

        Resuming after a flush means that it was durably applied; its credits return only then.
        There is a flush at least every third of the lease. When the lease orders a pause or a stop,
        or is lost, no message starts any more and the last outcomes end the iteration; a message
        without an outcome was not sent or is in doubt. `sender` is the envelope sender, or gives
        each message its own; `relay` binds all messages to one relay.

        Raises:
            InvalidInput: the sender cannot stand in an envelope, or there is no such relay.
        """
        if self._group is None:
            message = "the mailer is used outside its `async with`"
            raise RuntimeError(message)
        if relay is not None and relay not in self._relays:
            message = "there is no such relay"
            raise InvalidInput(message, field="relay", fix="name one of the configured relays")
        sender_of = await senders_of(messages, sender)
        now = asyncio.get_running_loop().time()
        sending = Sending(
            self._assignment.assign(messages, relay=relay, now=now),
            lease,
            sender_of=sender_of,
            bound=relay is not None,
            flush_at=self._flush_at,
            credit=self._credit,
            lane=messages[0].lane if messages else "",
            round_id=messages[0].round if messages else "",
        )
        del messages  # `sending` lets go of each once it has left
        with self._waiting.holding(sending):
            while True:
                flush = await sending.next_flush()
                finished = sending.finished
                if flush or not finished:
                    yield flush
                    sending.apply(flush)
                    self._waiting.ring()
                if finished or self._group is None:
                    return

    async def _pulse(self) -> None:
        """Make idle connections look again: a lease that ends, a relay that stalls ring no bell."""
        while True:
            await asyncio.sleep(_PULSE_S)
            self._waiting.ring()
