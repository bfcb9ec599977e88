"""The kept connections of one relay, and the workers that carry messages over them."""

import asyncio
from typing import TYPE_CHECKING

from tocsin.notifiers.health import RelayHealth
from tocsin.notifiers.relay_settings import RelaySettings
from tocsin.notifiers.sending import Sending
from tocsin.notifiers.smtp_connection import ConnectionFailed, SmtpConnection
from tocsin.notifiers.smtp_dialogue import StaleConnection, conclude, offer
from tocsin.notifiers.smtp_opening import open_connection
from tocsin.notifiers.waiting import Waiting
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Deferred, InDoubt, Reason, SendOutcome

if TYPE_CHECKING:
    from tocsin.notifiers.smtp_replies import Reply

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0


class _Line:
    """The place of one connection: made when a message needs it, kept for the next."""

    def __init__(self) -> None:
        self.connection: SmtpConnection | None = None
        self.failures = 0
        self.turn = asyncio.Lock()
        """Held from MAIL to the final dot: with PIPELINING the next message starts meanwhile."""


class RelayPool:
    """At most `connections` sessions with one relay, each with `window` messages on it."""

    def __init__(
        self, settings: RelaySettings, waiting: Waiting, health: RelayHealth, *, window: int
    ) -> None:
        self._settings = settings
        self._waiting = waiting
        self._health = health
        self._window = window
        self._lines = tuple(_Line() for _ in range(settings.connections))
        self._loop = asyncio.get_running_loop()

    def start(self, group: asyncio.TaskGroup) -> tuple[asyncio.Task[None], ...]:
        """Start one worker per connection and place in its window."""
        return tuple(
            group.create_task(self._work(line), name=f"relay {self._settings.name} {place}")
            for place in range(self._window)
            for line in self._lines
        )

    def leave(self) -> None:
        """Say good-bye on every connection; the workers have ended."""
        for line in self._lines:
            self._let_go(line)

    async def _work(self, line: _Line) -> None:
        name = self._settings.name
        while True:
            now = self._loop.time()
            taken = self._waiting.take(name, now)
            if taken is None:
                await self._waiting.bell()
                continue
            sending, message = taken
            outage = self._health.outage(now)
            if outage is not None:
                sending.record(message, outage, name)
                continue
            self._health.begins(now)
            try:
                await self._carry(line, sending, message)
            finally:
                self._health.ends()
                if not self._lives:
                    self._waiting.ring()  # the probe is over: whoever waited for it looks again

    async def _carry(self, line: _Line, sending: Sending, message: Message) -> None:
        coming: asyncio.Future[Reply] | SendOutcome | None = None
        async with line.turn:
            connection = await self._ready(line, sending, message)
            if connection is None:
                return
            place = (message.lane, message.seq)
            sending.carriers[place] = connection
            try:
                sender = sending.sender_of(message)
                coming = await offer(connection, message, sender=sender, lease=sending.lease)
                if isinstance(coming, asyncio.Future) and not self._overlaps(connection):
                    coming = await conclude(connection, coming)
            except StaleConnection:
                del sending.carriers[place]
                self._let_go(line)
                sending.put_back(self._settings.name, message)
                return
            finally:
                connection.served += 1
        try:
            if isinstance(coming, asyncio.Future):
                coming = await conclude(connection, coming)
        finally:
            sending.carriers.pop(place, None)
        self._settle(sending, message, coming)

    @property
    def _lives(self) -> bool:
        return any(line.connection is not None and line.connection.usable for line in self._lines)

    def _overlaps(self, connection: SmtpConnection) -> bool:
        return self._window > 1 and "pipelining" in connection.extensions

    def _settle(self, sending: Sending, message: Message, outcome: SendOutcome | None) -> None:
        if outcome is None:
            sending.drop()
            return
        match outcome:
            case Deferred(reason=Reason.TIMED_OUT) | InDoubt(reason=Reason.TIMED_OUT):
                self._health.hangs(self._loop.time())
                self._waiting.ring()
            case Deferred(reason=Reason.CONNECTION_LOST) | InDoubt(reason=Reason.CONNECTION_LOST):
                pass
            case _:
                self._health.answers(self._loop.time())
        sending.record(message, outcome, self._settings.name)

    async def _ready(
        self, line: _Line, sending: Sending, message: Message
    ) -> SmtpConnection | None:
        """Return a usable connection, or None when the message was settled without one."""
        connection = line.connection
        if connection is None or not connection.usable:
            self._let_go(line)
            try:
                connection = await open_connection(self._settings)
            except ConnectionFailed as failure:
                await self._no_connection(line, sending, message, failure.reason)
                return None
            line.connection, line.failures = connection, 0
            self._health.stands(self._loop.time())
            self._waiting.ring()
        if sending.closed or not sending.lease.may_send:
            sending.drop()
            return None
        return connection

    async def _no_connection(
        self, line: _Line, sending: Sending, message: Message, reason: Reason
    ) -> None:
        name = self._settings.name
        if self._lives:
            # The relay lives, it only has no room for one more: the others carry the message.
            sending.put_back(name, message)
            self._waiting.ring()
            line.failures += 1
            await asyncio.sleep(
                min(_FIRST_PAUSE_S * 2 ** min(line.failures - 1, 10), _LONGEST_PAUSE_S)
            )
            return
        now = self._loop.time()
        self._health.fails(reason, now)
        if sending.bound or not self._waiting.another_is_sound(name, now):
            outage = self._health.outage(now)
            sending.record(message, outage or Deferred(reason), name)
        else:
            sending.put_back(name, message)
        self._waiting.ring()

    def _let_go(self, line: _Line) -> None:
        if line.connection is not None:
            line.connection.leave()
            line.connection = None
