"""One call of `send` in progress: what waits, what is out, which outcomes wait for their flush."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from tocsin.notifiers.credits import Credits
from tocsin.notifiers.sent import LINGER_S, LONGEST_LINGER_S, Sent
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import SendOutcome

_HEARTBEATS_PER_LEASE = 3
_SHARE_OF_APPLYING = 0.05


class Carrier(Protocol):
    """Where messages are while they are out."""

    def cut_off(self, sending: "Sending") -> None:
        """Cut off what it carries of a sending: what is not on the wire yet never will be."""
        ...


class Sending:
    """The messages of one lease on their way, and the flushes that come back.

    `assigned` says which relay each waiting message is meant for; `bound` that no other may
    take it. A flush is due at `flush_at` outcomes, a while after the first, when no credit is
    left, at the end, and, even empty, every third of the lease, so that its holder can renew it.
    The while is LINGER_S, and longer where applying a flush is slow: twenty times what it takes.
    """

    def __init__(
        self,
        assigned: Mapping[str, deque[Message]],
        lease: Lease,
        *,
        sender_of: Callable[[Message], bytes],
        bound: bool,
        flush_at: int,
        credit: Credits,
        lane: str = "",
        round_id: str = "",
    ) -> None:
        self.lease = lease
        self.sender_of = sender_of
        """The envelope sender of a message."""
        self.bound = bound
        self.lane = lane
        """Of its messages."""
        self.queue = (round_id, lane)
        """Sendings of one queue take their turns one after the other."""
        self.closed = False
        self.carriers: set[Carrier] = set()
        """What carried messages of it, and may do so still."""
        self._assigned = assigned
        self._credit = credit
        self._flush_at = flush_at
        self._outcomes: list[Sent] = []
        self._out = 0
        self._held = 0
        self._loop = asyncio.get_running_loop()
        self._flush_by: float | None = None
        self._linger_s = LINGER_S
        self._flushed_at = self._loop.time()
        self._heartbeat_at = 0.0
        self._bell: asyncio.Future[None] | None = None
        self._at_once = False
        self._applying = False
        credit.join(self)

    @property
    def ready(self) -> int:
        """How many outcomes wait for their flush."""
        return len(self._outcomes)

    def flush_now(self) -> None:
        """Flush what waits, however little it is: credits are short."""
        if not self._at_once:
            self._at_once = True
            self.wake()

    @property
    def waits(self) -> bool:
        """Whether a message waits."""
        return any(self._assigned.values())

    @property
    def finished(self) -> bool:
        """Whether no message waits and none is out."""
        return self._out == 0 and not any(self._assigned.values())

    def draw(self, relay: str, *, may_help: Callable[[str], bool]) -> Message | None:
        """Take the next message for `relay`: its own, or one of a relay that it `may_help`.

        The message holds a credit from now on, until `apply`, `put_back`, `drop` or `close`.
        """
        waiting = self._assigned[relay]
        if not waiting and not self.bound:
            for other, messages in self._assigned.items():
                if messages and other != relay and may_help(other):
                    waiting = messages
                    break
        if not waiting:
            return None
        self._credit.take()
        self._held += 1
        self._out += 1
        return waiting.popleft()

    def put_back(self, relay: str, message: Message) -> None:
        """Return a message of which nothing was handed over: it waits again."""
        if not self.closed:
            self._assigned[relay].appendleft(message)
        self.drop()

    def drop(self) -> None:
        """Let go of a message that gets no outcome: the lease was lost, or told to stop."""
        self._out -= 1
        if not self.closed:
            self._held -= 1
            self._credit.give(1)
            self.wake()

    def record(self, message: Message, outcome: SendOutcome, relay: str) -> None:
        """Keep an outcome for the next flush."""
        self._out -= 1
        if self.closed:
            return
        self._outcomes.append(Sent(message.lane, message.seq, outcome, relay))
        if self._flush_by is None:
            self._flush_by = self._loop.time() + self._linger_s
            self.wake()
        elif self._at_once or len(self._outcomes) >= self._flush_at or self.finished:
            self.wake()
        if self._credit.runs_short:
            self._credit.relieve()

    def wake(self) -> None:
        """Make `next_flush` look again."""
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    async def next_flush(self) -> tuple[Sent, ...]:
        """Wait until a flush is due and return it; the outcomes in it still hold their credits."""
        self._heartbeat_at = self._loop.time() + self.lease.length_s / _HEARTBEATS_PER_LEASE
        while True:
            if not self.lease.may_send:
                for waiting in self._assigned.values():
                    waiting.clear()
            if self._is_due(self._loop.time()):
                break
            until = min(self._heartbeat_at, self._flush_by or self._heartbeat_at)
            self._bell = self._loop.create_future()
            alarm = self._loop.call_at(until, self.wake)
            try:
                await self._bell
            finally:
                alarm.cancel()
                self._bell = None
        flush, self._outcomes, self._flush_by = tuple(self._outcomes), [], None
        if flush and not self._applying:
            self._applying = True
            self._credit.applying += 1
        self._at_once = False
        self._flushed_at = self._loop.time()
        return flush

    def apply(self, flush: tuple[Sent, ...]) -> None:
        """Give back the credits of a flush that was durably applied."""
        took_s = self._loop.time() - self._flushed_at
        self._linger_s = min(max(LINGER_S, took_s / _SHARE_OF_APPLYING), LONGEST_LINGER_S)
        self._applied()
        self._held -= len(flush)
        self._credit.give(len(flush))

    def _applied(self) -> None:
        if self._applying:
            self._applying = False
            self._credit.applying -= 1

    def close(self) -> None:
        """End at once: what waits is dropped, what is out is cut off, all credits return."""
        self.closed = True
        for waiting in self._assigned.values():
            waiting.clear()
        for carrier in tuple(self.carriers):
            carrier.cut_off(self)
        self._applied()
        self._credit.give(self._held)
        self._credit.leave(self)
        self._held = 0

    def _is_due(self, now: float) -> bool:
        if self._outcomes and (
            len(self._outcomes) >= self._flush_at
            or self._at_once
            or (self._flush_by is not None and now >= self._flush_by)
        ):
            return True
        return now >= self._heartbeat_at or self.finished
