"""The kept connections of one relay, and the workers that carry messages over them."""

import asyncio
from typing import NamedTuple

from tocsin.notifiers.health import RelayHealth
from tocsin.notifiers.lane_shares import LaneShares
from tocsin.notifiers.relay_settings import RelaySettings
from tocsin.notifiers.sending import Sending
from tocsin.notifiers.smtp_connection import ConnectionFailed, SmtpConnection
from tocsin.notifiers.smtp_dialogue import StaleConnection, conclude, offer, refused_unsent
from tocsin.notifiers.smtp_opening import open_connection
from tocsin.notifiers.smtp_pipeline import Load, Pipeline
from tocsin.notifiers.waiting import Waiting
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, SendOutcome

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0


class _Line:
    """The place of one connection: made when a message needs it, kept for the next."""

    def __init__(self) -> None:
        self.connection: SmtpConnection | None = None
        self.pipeline: Pipeline | None = None
        """What carries messages where the relay offers PIPELINING."""
        self.failures = 0


class _Alone(NamedTuple):
    """A connection with one message of a sending on it, and no other."""

    connection: SmtpConnection

    def cut_off(self, sending: Sending) -> None:
        del sending
        self.connection.abort()


class RelayPool:
    """At most `connections` sessions with one relay, each with one message out at a time."""

    def __init__(self, settings: RelaySettings, waiting: Waiting, health: RelayHealth) -> None:
        self._settings = settings
        self._name = settings.name
        self._waiting = waiting
        self._health = health
        self._lines = tuple(_Line() for _ in range(settings.connections))
        self._loop = asyncio.get_running_loop()
        self._shares = LaneShares(settings.connections)

    def start(self, group: asyncio.TaskGroup) -> tuple[asyncio.Task[None], ...]:
        """Start one worker per connection."""
        return tuple(
            group.create_task(self._work(line), name=f"relay {self._name}") for line in self._lines
        )

    def leave(self) -> None:
        """Say good-bye on every connection; the workers have ended."""
        for line in self._lines:
            self._let_go(line)

    # what a pipeline asks for --------------------------------------------------------------------

    def draw(self, connection: SmtpConnection | None, behind: Sending | None = None) -> Load | None:
        """Return the next message for a connection of this relay; None without one, or a lease.

        `behind`: the connection carries a message of that sending.
        What the relay can have none of, for an outage or as the message is, is settled here.
        """
        while True:
            now = self._loop.time()
            taken = self._waiting.take(self._name, now, shares=self._shares, behind=behind)
            if taken is None:
                return None
            sending, message = taken
            no: SendOutcome | None = self._health.outage(now)
            if no is None and connection is not None:
                no = refused_unsent(message, connection.extensions)
            if no is None:
                self._health.begins(now)
                return Load(sending, message)
            self._shares.ends(sending.lane, now)
            sending.record(message, no, self._name)

    def settle(self, load: Load, outcome: SendOutcome | None) -> None:
        """Record what became of a message that was drawn, and what it says of the relay."""
        now = self._loop.time()
        self._ends(load, now)
        sending, message = load
        if outcome is None:
            sending.drop()
            return
        match outcome:
            case Accepted():
                self._health.answers(now)
            case Deferred(reason=Reason.TIMED_OUT) | InDoubt(reason=Reason.TIMED_OUT):
                self._health.hangs(now)
                self._waiting.ring()
            case Deferred(reason=Reason.CONNECTION_LOST) | InDoubt(reason=Reason.CONNECTION_LOST):
                pass
            case _:
                self._health.answers(now)
        sending.record(message, outcome, self._name)

    def put_back(self, load: Load) -> None:
        """Let a message wait again of which nothing was handed over."""
        self._ends(load, self._loop.time())
        load.sending.put_back(self._name, load.message)
        self._waiting.ring()

    # one connection ------------------------------------------------------------------------------

    async def _work(self, line: _Line) -> None:
        while True:
            load = self.draw(None)
            if load is None:
                await self._waiting.bell()
                continue
            await self._carry(line, load)

    async def _carry(self, line: _Line, load: Load) -> None:
        try:
            connection = await self._ready(line, load)
        except BaseException:
            self._ends(load, self._loop.time())
            raise
        if connection is None:
            return
        if line.pipeline is not None:
            refused = refused_unsent(load.message, connection.extensions)
            if refused is None:
                await line.pipeline.run(load)
            else:
                self.settle(load, refused)
        else:
            await self._carry_alone(line, connection, load)

    async def _carry_alone(self, line: _Line, connection: SmtpConnection, load: Load) -> None:
        """Carry one message command by command, for a relay without PIPELINING."""
        sending, message = load
        carrier = _Alone(connection)
        sending.carriers.add(carrier)
        try:
            sender = sending.sender_of(message)
            coming = await offer(connection, message, sender=sender, lease=sending.lease)
            if isinstance(coming, asyncio.Future):
                coming = await conclude(connection, coming)
        except StaleConnection:
            self._let_go(line)
            self.put_back(load)
            return
        except BaseException:
            self._ends(load, self._loop.time())
            raise
        finally:
            sending.carriers.discard(carrier)
            connection.served += 1
        self.settle(load, coming)

    def _ends(self, load: Load, now: float) -> None:
        self._health.ends(now)
        self._shares.ends(load.sending.lane, now)
        if self._waiting.has_idle and (self._waiting.passed_over or not self._lives):
            # The probe is over, or a lane has less out: whoever waited for it looks again.
            self._waiting.ring()

    @property
    def _lives(self) -> bool:
        return any(line.connection is not None and line.connection.usable for line in self._lines)

    async def _ready(self, line: _Line, load: Load) -> SmtpConnection | None:
        """Return a usable connection, or None when the message was settled without one."""
        connection = line.connection
        if connection is None or not connection.usable:
            self._let_go(line)
            try:
                connection = await open_connection(self._settings)
            except ConnectionFailed as failure:
                await self._no_connection(line, load, failure.reason)
                return None
            line.connection, line.failures = connection, 0
            if "pipelining" in connection.extensions:
                line.pipeline = Pipeline(connection, self)
            self._health.stands(self._loop.time())
            self._waiting.ring()
        if load.sending.closed or not load.sending.lease.may_send:
            self.settle(load, None)
            return None
        return connection

    async def _no_connection(self, line: _Line, load: Load, reason: Reason) -> None:
        if self._lives:
            # The relay lives, it only has no room for one more: the others carry the message.
            self.put_back(load)
            line.failures += 1
            await asyncio.sleep(
                min(_FIRST_PAUSE_S * 2 ** min(line.failures - 1, 10), _LONGEST_PAUSE_S)
            )
            return
        now = self._loop.time()
        self._health.fails(reason, now)
        if load.sending.bound or not self._waiting.another_is_sound(self._name, now):
            outage = self._health.outage(now)
            load.sending.record(load.message, outage or Deferred(reason), self._name)
        else:
            load.sending.put_back(self._name, load.message)
        self._ends(load, now)
        self._waiting.ring()

    def _let_go(self, line: _Line) -> None:
        if line.connection is not None:
            line.connection.leave()
            line.connection = line.pipeline = None
