"""The step: claim an event, run its handler, apply its Commits one by one, each in one fence."""

import asyncio
import inspect
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tocsin.ledger.ledger import Applied, Fenced, Ledger
from tocsin.runtimes.clock import Clock
from tocsin.runtimes.log import structlog
from tocsin.runtimes.where import where
from tocsin.schemas.commit import Commit
from tocsin.schemas.event import BatchDue, Claimed
from tocsin.schemas.lease import Lease, Order, boottime
from tocsin.services.pipeline import PIPELINE, Handler

_log = structlog.get_logger("tocsin.step")
_BACKOFF_CAP_S = 60.0
_BEATS_PER_LEASE = 3
_PATIENCE = 40
"""Leases that a handler may wait between two Commits, for a slow directory for one."""

Tap = Callable[[str, Claimed, Commit | None], None]
"""Told of each moment of a step (`claimed`, `before`, `after`, `ring`); crash tests kill there."""


def quiet(moment: str, claimed: Claimed, commit: Commit | None) -> None:
    """Tell nobody."""


@cache
def _ports_of(handler: Handler) -> frozenset[str]:
    parameters = inspect.signature(handler).parameters.values()
    return frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)


def _lane_of(claimed: Claimed) -> tuple[str, str]:
    """Return the round and lane of a batch; of anything else no lane."""
    payload = claimed.event.payload
    return (payload.round, payload.lane) if isinstance(payload, BatchDue) else ("", "")


@dataclass(slots=True)
class Step:
    """Takes events from the ledger and carries them out."""

    ledger: Ledger
    ports: Mapping[str, Any]
    clock: Clock
    lease_s: float
    max_tries: int = 16
    tap: Tap = quiet
    stopping: bool = False
    most_of_a_lane: int = 64
    """So many batches of one lane of a round are sent here at once; one that hangs holds no more
    slots than these."""
    moved_at: float = field(default_factory=boottime)
    """When a claim was last answered or a lease renewed, on CLOCK_BOOTTIME."""
    _held: dict[int, Lease] = field(default_factory=dict)
    _lanes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(round, lane) -> batches of it that are sent here."""

    async def take(self, *, max_weight: int | None = None, only: str | None = None) -> bool:
        """Carry out the next due event; False when there is none."""
        deadline = boottime() + self.lease_s
        claimed = await self.ledger.claim(
            now=self.clock.now(),
            lease_s=self.lease_s,
            max_weight=max_weight,
            max_tries=self.max_tries,
            only=only,
            full=self.full,
        )
        self.moved_at = boottime()
        if claimed is None:
            return False
        self.tap("claimed", claimed, None)
        lease = Lease(deadline=deadline, length_s=self.lease_s)
        self._held[id(lease)] = lease
        lane = _lane_of(claimed)
        self._lanes[lane] += 1
        try:
            await self._carry_out(claimed, lease)
        finally:
            del self._held[id(lease)]
            self._lanes[lane] -= 1
        self.tap("ring", claimed, None)
        return True

    @property
    def full(self) -> tuple[tuple[str, str], ...]:
        """The (round, lane) of which as many batches are sent here as may be."""
        return tuple(
            (round_id, lane)
            for (round_id, lane), batches in self._lanes.items()
            if lane and batches >= self.most_of_a_lane
        )

    def stop(self) -> None:
        """Let senders finish what is in flight and give their batches back."""
        self.stopping = True
        self.ledger.hurry()
        for lease in self._held.values():
            lease.order = Order.PAUSE

    def go_on(self) -> None:
        """Take events again after a stop."""
        self.stopping = False
        self.ledger.hurry(hurried=False)

    async def _carry_out(self, claimed: Claimed, lease: Lease) -> None:
        try:
            if await self._apply_all(claimed, lease):
                return
        except Fenced:
            _log.info("fenced", type=claimed.event.payload.type, id=claimed.event.id)
            return
        except Exception as error:  # noqa: BLE001  # the one guard around all handlers
            await self._give_up_for_now(claimed, error)
            return
        await self.ledger.release(claimed, now=self.clock.now(), dead=False)

    async def _apply_all(self, claimed: Claimed, lease: Lease) -> bool:
        """Apply a handler's Commits; True once its last one is."""
        event = claimed.event
        handler = PIPELINE[event.payload.type]
        wanted = _ports_of(handler)
        given: dict[str, Any] = {name: self.ports[name] for name in wanted & self.ports.keys()}
        if "lease" in wanted:
            given["lease"] = lease
        if "now" in wanted:
            given["now"] = self.clock.now()
        generator: Any = handler(event, claimed.checkpoint, **given)
        async with aclosing(generator) as commits:
            while (commit := await self._next(commits, claimed, lease)) is not None:
                self.tap("before", claimed, commit)
                await self._renew(
                    lease,
                    self.ledger.commit(claimed, commit, now=self.clock.now(), lease_s=self.lease_s),
                )
                self.tap("after", claimed, commit)
                if commit.done:
                    return True
                del commit  # what it wrote is not held while the next one is made
                if self.stopping and "lease" not in wanted:
                    return False
        return False

    async def _next(
        self, commits: AsyncGenerator[Commit, None], claimed: Claimed, lease: Lease
    ) -> Commit | None:
        """Wait for a handler's next Commit, None at its end, and keep its lease meanwhile.

        Whoever waits too long (`_PATIENCE` leases) loses it all the same: so a handler that hangs
        is claimed again, and dead in the end.
        """
        coming = asyncio.ensure_future(anext(commits, None))
        try:
            for _ in range(_PATIENCE * _BEATS_PER_LEASE):
                if (await asyncio.wait({coming}, timeout=self.lease_s / _BEATS_PER_LEASE))[0]:
                    break
                await self._renew(lease, self.ledger.beat(claimed, lease_s=self.lease_s))
            return await coming
        finally:
            if not coming.done():
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)

    async def _renew(self, lease: Lease, granting: Coroutine[Any, Any, Applied]) -> None:
        """Take over what the ledger grants; the deadline is taken before it begins."""
        deadline = boottime() + self.lease_s
        try:
            applied = await granting
        except Fenced:
            lease.fenced = True
            raise
        self.moved_at = boottime()
        lease.renew(deadline, Order.PAUSE if self.stopping else applied.order)

    async def _give_up_for_now(self, claimed: Claimed, error: Exception) -> None:
        dead = claimed.tries >= self.max_tries
        after_s = min(0.2 * 2.0**claimed.tries, _BACKOFF_CAP_S)
        _log.warning(
            "dead" if dead else "failed",
            type=claimed.event.payload.type,
            id=claimed.event.id,
            tries=claimed.tries,
            error=where(error),
        )
        await self.ledger.release(
            claimed, now=self.clock.now(), after_s=after_s, error=where(error), dead=dead
        )
