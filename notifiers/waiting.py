"""Everything that waits for a connection, over all sends in progress, and who gets what next."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain

from tocsin.notifiers.credits import Credits
from tocsin.notifiers.health import RelayHealth
from tocsin.notifiers.lane_shares import LaneShares
from tocsin.notifiers.relay_pace import RelayPace
from tocsin.notifiers.sending import Sending
from tocsin.schemas.notice import Message

_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 0.02, 60.0
"""Between two bells for turns: several come up in the first, and a limit may rise in the second."""


class Assignment:
    """Which relay each message is meant for, by weight (smooth weighted round-robin).

    Relays that are down or hang get nothing while another is sound; whatever was meant for one that
    fails later is taken over by the others.
    """

    def __init__(self, weights: Mapping[str, int], health: Mapping[str, RelayHealth]) -> None:
        self._weights = weights
        self._health = health
        self._current = dict.fromkeys(weights, 0)

    def assign(
        self, messages: Sequence[Message], *, relay: str | None, now: float
    ) -> dict[str, deque[Message]]:
        """Return the messages per relay, in their order; all to `relay` when one is named."""
        assigned: dict[str, deque[Message]] = {name: deque() for name in self._weights}
        weighted = {name: weight for name, weight in self._weights.items() if weight}
        sound = {n: w for n, w in weighted.items() if self._health[n].is_sound(now)} or weighted
        if relay is None and len(sound) == 1:
            relay = next(iter(sound))
        if relay is not None:
            assigned[relay].extend(messages)
            return assigned
        total = sum(sound.values())
        for message in messages:
            for name, weight in sound.items():
                self._current[name] += weight
            chosen = max(sound, key=self._current.__getitem__)
            self._current[chosen] -= total
            assigned[chosen].append(message)
        return assigned


class Waiting:
    """The queues in front of all connections: one message of each round and lane in turn."""

    def __init__(
        self,
        credit: Credits,
        health: Mapping[str, RelayHealth],
        paces: Mapping[str, RelayPace] | None = None,
    ) -> None:
        self._credit = credit
        self._health = health
        self._paces = paces or {}
        """Of relays that have a limit."""
        self._turns: dict[str, asyncio.TimerHandle] = {}
        """Relay -> the bell that rings when its turn comes."""
        self._queues: deque[list[Sending]] = deque()
        """Those of one round and lane stand in one, the oldest first."""
        self._idle: set[asyncio.Future[None]] = set()
        self.passed_over = False
        """Since the bell rang, a connection got nothing of a lane that has its share."""

    @contextmanager
    def holding(self, sending: Sending) -> Iterator[None]:
        """Offer the messages of `sending` to the connections until the block ends, somehow."""
        queue = next((q for q in self._queues if q[0].queue == sending.queue), None)
        if queue is None:
            queue = []
            self._queues.append(queue)
        queue.append(sending)
        self.ring()
        try:
            yield
        finally:
            queue.remove(sending)
            if not queue:
                self._queues.remove(queue)
            sending.close()
            self.ring()

    def take(
        self, relay: str, now: float, *, shares: LaneShares, behind: Sending | None = None
    ) -> tuple[Sending, Message] | None:
        """Return the next message for a connection of `relay`: None without one, credit or lease.

        A relay that is down is given only what no other relay may or can take, so that it ends. One
        with a limit is given nothing before its turn; meanwhile others help with what it waits for.
        `shares` says what each lane may have of this relay; `behind` whose message the connection
        carries, so that a message waits for no other lane's.
        """
        health = self._health[relay]
        if not health.admits(now) or (self._paces and not self._has_its_turn(relay, now)):
            return None
        down = health.outage(now) is not None
        rescue = down and self.another_is_sound(relay, now)
        for sending in self._in_turn(shares, now, behind):
            if self._credit.available == 0:
                self._credit.relieve()
                return None
            if not sending.lease.may_send:
                sending.wake()
            elif sending.bound or not rescue:
                message = sending.draw(
                    relay,
                    may_help=lambda other: not down and not self._is_at_work(other, now),
                )
                if message is not None:
                    if relay in self._paces:
                        self._paces[relay].takes(now)
                    shares.begins(sending.lane, now)
                    return sending, message
        return None

    def _in_turn(self, shares: LaneShares, now: float, behind: Sending | None) -> Iterable[Sending]:
        """Return the sendings of which a connection may take a message, first those whose turn is.

        One message of each queue in turn, its first sending before the next, so that one flush is
        full before the next begins; where lanes share, first of the lane with the fewest out.
        """
        self._queues.rotate(-1)
        in_turn = chain.from_iterable(self._queues)
        if shares.is_open(now):
            return in_turn
        sendings = tuple(in_turn)
        if behind is None:
            wait = [each for each in sendings if each.waits]
            # one that may not send any more is looked at whatever its lane has: it is told so
            free = [e for e in wait if not e.lease.may_send or shares.has_room(e.lane, now)]
            self.passed_over |= len(free) < len(wait)
            return sorted(free, key=lambda sending: shares.out(sending.lane))
        lane = behind.lane
        contested = any(s.waits and s.lane != lane for s in sendings)
        if not shares.goes_on(lane, now, contested=contested):
            return ()
        return [sending for sending in sendings if sending.lane == lane]

    def another_is_sound(self, relay: str, now: float) -> bool:
        """Whether a relay other than `relay` could take its messages over."""
        return any(h.is_sound(now) for name, h in self._health.items() if name != relay)

    async def bell(self) -> None:
        """Wait until there may be something to take."""
        idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._idle.add(idle)
        try:
            await idle
        finally:
            self._idle.discard(idle)

    @property
    def has_idle(self) -> bool:
        """Whether some connection waits for the bell."""
        return bool(self._idle)

    def ring(self) -> None:
        """Wake every connection that waits for something to take."""
        self.passed_over = False
        for idle in self._idle:
            if not idle.done():
                idle.set_result(None)

    def _is_at_work(self, relay: str, now: float) -> bool:
        return self._health[relay].is_sound(now) and self._has_turn(relay, now)

    def _has_its_turn(self, relay: str, now: float) -> bool:
        """Whether its limit lets a relay have a message; where not, it rings when it does."""
        if self._has_turn(relay, now):
            return True
        self._ring_at(relay, self._paces[relay].opens_at(), now)
        return False

    def _has_turn(self, relay: str, now: float) -> bool:
        pace = self._paces.get(relay)
        return pace is None or pace.opens_at() <= now

    def _ring_at(self, relay: str, at: float, now: float) -> None:
        """Ring when a relay has its turn; once, however many of its connections wait for it."""
        bell = self._turns.get(relay)
        if bell is None or bell.cancelled() or bell.when() <= now:
            loop = asyncio.get_running_loop()
            at = min(max(at, now + _SHORTEST_WAIT_S), now + _LONGEST_WAIT_S)
            self._turns[relay] = loop.call_at(at, self.ring)
