"""The ledger of one deployment: claims, fenced commits and facts, on whichever database.

All work is done in order, through one connection per process; see `turns`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, bindparam, select, update
from tocsin.ledger import audience, choosing, dialect, lanes, paced, queue, tables
from tocsin.ledger import detections as intake
from tocsin.ledger.alarms import SILENT, rings
from tocsin.ledger.append import append, take_head
from tocsin.ledger.backend import OVER, Backend, RosterStore
from tocsin.ledger.chain import SYSTEM
from tocsin.ledger.choosing import Lanes
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.paced import Limits
from tocsin.ledger.ready import Ready
from tocsin.ledger.turns import HELD_UP, Turns
from tocsin.schemas.commit import (
    Commit,
    DropRoster,
    Fact,
    FactKind,
    ReleaseLane,
    Roster,
    Transition,
    Write,
)
from tocsin.schemas.detection import Detection, Merge, TakenIn
from tocsin.schemas.event import BatchDue, Claimed, Event
from tocsin.schemas.lease import Order, boottime

T = TypeVar("T")


class Fenced(Exception):  # not an error: another worker holds the event now
    """The event was taken over: stop at once and drop connections."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A Commit was applied; what the round's operator wants now."""

    order: Order


class Ledger:
    """The ledger of one deployment. Use `await Ledger.open(...)` and `await close()`."""

    def __init__(self, backend: Backend, *, keys: KeyRing, limits: Limits | None = None) -> None:
        """Name the parts; nothing is opened yet. `limits` are held to, where there are any."""
        self._limits = limits
        self._is_limited = limits is not None and bool(limits.names)
        self.keys = keys
        self.rosters: RosterStore = backend.rosters
        self._backend = backend
        self._turns = Turns(backend)

    @classmethod
    async def open(cls, backend: Backend, *, keys: KeyRing, limits: Limits | None = None) -> Self:
        """Open the ledger, making its tables when it is new."""
        ledger = cls(backend, keys=keys, limits=limits)
        try:
            await ledger.run(backend.open)
        except BaseException:
            ledger._turns.end()
            raise
        return ledger

    async def close(self) -> None:
        """Close the ledger and its rosters."""
        await self._turns.close()

    def hurry(self, *, hurried: bool = True) -> None:
        """Wait no longer for a database that is away: whoever runs is to end; or wait again."""
        self._backend.hurry(hurried=hurried)

    async def run(self, work: Callable[[], T]) -> T:
        """Do one piece of work that writes nothing, in its turn."""
        return await self._turns.read(work)

    async def ask(self, query: Callable[..., T], *args: Any, **named: Any) -> T:
        """Answer a query of `reads` or `audience`."""
        return await self.run(lambda: self._backend.read(lambda db: query(db, *args, **named)))

    async def study(self, query: Callable[..., T], *args: Any, **named: Any) -> T:
        """Answer a query over whole rounds, in a snapshot: it takes long, and nobody waits for it.

        Beside it, work goes on where the database lets it.
        """
        return await self._turns.study(lambda db: query(db, *args, **named))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do one piece of work in a transaction of its own."""
        return await self._turns.write(work)

    # the event table ---------------------------------------------------------------------

    async def claim(
        self,
        *,
        now: datetime,
        lease_s: float,
        max_weight: int | None = None,
        max_tries: int = 16,
        only: str | None = None,
        full: Lanes = (),
    ) -> Claimed | None:
        """Claim the next due event, or the one named; also frees expired leases.

        Batches of lanes that are `full`, as this worker has its part of them, are left.
        """
        now_us = queue.microseconds(now)
        self._turns.lease_s = lease_s

        began = math.inf

        def is_due(db: Connection) -> bool:
            nonlocal began
            began = boottime()
            return self._has_due(db, now_us=now_us, max_weight=max_weight, full=full)

        def work(db: Connection) -> Claimed | None:
            sweeps = boottime() >= self._turns.sweeps_at and boottime() - began <= lease_s * HELD_UP
            for event_id, incident, kind in queue.sweep(db, max_tries=max_tries) if sweeps else ():
                text = f"{kind} gave up after {max_tries} claims without progress"
                self._append(db, incident, now, "sweep", [_dead_alarm(event_id, kind, text)])
            wanted: dict[str, Any] = {"max_weight": max_weight, "only": only, "full": full}
            wanted["lease_us"] = _us_of(lease_s)
            if self._limits is None or not self._is_limited:
                return queue.claim(db, now_us=now_us, **wanted)
            return paced.claim(db, self._limits, now=now, **wanted)

        # whoever claimed ends with a power cut too; an alarm of the sweep would be sounded again
        return await self._turns.write(work, outlasts=False) if await self.ask(is_due) else None

    async def keep_to_limits(self, *, now: datetime) -> None:
        """Take up the limits of the settings, where they are others than those before."""
        limits = self._limits
        if limits is not None and (names := await self.ask(paced.changed, limits)):
            now_us = queue.microseconds(now)

            def work(db: Connection) -> None:
                paced.keep_to(db, names, now_us=now_us)
                dialect.ring(db)

            await self.write(work)

    async def commit(
        self, claimed: Claimed, commit: Commit, *, now: datetime, lease_s: float
    ) -> Applied:
        """Apply one Commit of a claimed event in one fenced transaction; raise Fenced if taken."""
        event = claimed.event
        about = " ".join((event.payload.type, event.round or event.incident, event.id))
        wakes = commit.events or any(isinstance(w, Transition | ReleaseLane) for w in commit.writes)
        wakes = wakes or rings(event.incident, commit.writes, link=0)

        def work(db: Connection) -> Applied:
            if not queue.renew(
                db,
                claimed,
                lease_us=_us_of(lease_s),
                checkpoint=commit.checkpoint,
                done=commit.done,
            ):
                raise Fenced
            self._append(db, event.incident, now, about, commit.writes)
            queue.insert_events(db, tuple(commit.events), now_us=queue.microseconds(now))
            if wakes:
                dialect.ring(db)
            return Applied(_order(db, event))

        applied = await self.write(work)
        for write in commit.writes:
            if isinstance(write, DropRoster):
                await self.run(partial(self.rosters.drop, write.round))
        return applied

    async def mend_roster(self, round_id: str) -> None:
        """Forget the keys that a crash left in a round's roster and never reached the ledger.

        Whoever lost the round meanwhile may ask for it too: what counts is what stands here now.
        """

        def work(db: Connection) -> None:
            self.rosters.forget_beyond(round_id, cache(partial(audience.next_seq, db, round_id)))

        await self.write(work)

    async def beat(self, claimed: Claimed, *, lease_s: float) -> Applied:
        """Renew the lease of an event whose handler still waits; raise Fenced if it was taken.

        No progress: the claims in vain are still counted.
        """

        def work(db: Connection) -> Applied:
            if not queue.renew(db, claimed, lease_us=_us_of(lease_s), progress=False):
                raise Fenced
            return Applied(_order(db, claimed.event))

        return await self.write(work)

    def _append(
        self, db: Connection, incident: str, now: datetime, about: str, writes: Sequence[Write]
    ) -> None:
        """Apply writes and bind their facts into the incident's chain."""
        if not writes:
            return
        head = take_head(db, incident)
        for write in writes:
            if isinstance(write, Roster) and _state(db, write.round) not in OVER:
                self.rosters.put(write)
        append(db, incident, writes, now=now, about=about, signer=self.keys, head=head)

    async def release(
        self, claimed: Claimed, *, now: datetime, after_s: float = 0, error: str = "", dead: bool
    ) -> None:
        """Give an event back, to be claimed again after `after_s`, or as dead with an alarm."""
        due = queue.microseconds(now) + _us_of(after_s) if error else None

        def work(db: Connection) -> None:
            held = queue.release(db, claimed, due_us=due, error=error, dead=dead)
            if held and dead:
                kind = claimed.event.payload.type
                alarm = _dead_alarm(claimed.event.id, kind, f"{kind} gave up: {error}")
                self._append(db, claimed.event.incident, now, "dead", [alarm])
            dialect.ring(db)

        await self.write(work)

    async def submit(self, event: Event, *, now: datetime, writes: Sequence[Write] = ()) -> bool:
        """Insert an event from outside with its facts; False when its id stands already."""

        def work(db: Connection) -> bool:
            if writes:  # the head before the event, as everywhere: no two wait for each other
                take_head(db, event.incident)
            if not queue.insert_events(db, (event,), now_us=queue.microseconds(now)):
                return False
            self._append(db, event.incident, now, event.payload.type, writes)
            dialect.ring(db)
            return True

        return await self.write(work)

    async def record(self, writes: Sequence[Write], *, now: datetime, about: str) -> None:
        """Append facts to the system's own chain."""
        await self.write(lambda db: self._append(db, SYSTEM, now, about, writes))

    async def take_in(
        self, detections: Iterable[Detection], *, merge: Merge, window: timedelta, now: datetime
    ) -> TakenIn:
        """Keep detections and merge the new ones into drafts, in one transaction.

        Those that were taken in before change nothing, whoever repeats them and when.
        """
        given = tuple(detections)
        return await self.write(
            lambda db: intake.take_in(
                db, given, merge=merge, window=window, now=now, signer=self.keys
            )
        )

    async def prune(self, *, before: datetime, limit: int = 10_000) -> int:
        """Delete detections of no draft taken in before a time; fewer than `limit`: no more."""
        return await self.write(lambda db: intake.prune(db, before=before, limit=limit))

    async def replay(self, event_id: str, *, now: datetime) -> bool:
        """Take a dead event up again; False when there is no such dead event."""

        def work(db: Connection) -> bool:
            e = tables.event.c
            result = db.execute(
                update(tables.event)
                .where(e.id == event_id, e.state == "dead")
                .values(state="waiting", due=queue.microseconds(now), tries=0, error="")
            )
            dialect.ring(db)
            return bool(result.rowcount)

        return await self.write(work)

    async def changes(self) -> int:
        """Return a number that changes when another process wrote what may wake a slot."""
        return await self.run(self._backend.changes)

    async def has_due(self, *, now: datetime, full: Lanes = ()) -> bool:
        """Whether an event waits to be claimed now, or a lease has run out."""
        now_us = queue.microseconds(now)
        return await self.ask(self._has_due, now_us=now_us, max_weight=None, full=full)

    def _has_due(
        self,
        db: Connection,
        *,
        now_us: int,
        max_weight: int | None,
        full: Lanes,
    ) -> bool:
        beside = None
        if self._limits is not None and self._is_limited:
            beside = paced.open_now(db, self._limits, now_us=now_us)
        return choosing.has_due(db, now_us=now_us, max_weight=max_weight, full=full, beside=beside)


_STATE = Ready(select(tables.round_.c.state).where(tables.round_.c.id == bindparam("name")))


def _state(db: Connection, round_id: str) -> str | None:
    row = _STATE.run(db, name=round_id).fetchone()
    return None if row is None else str(row[0])


_STANDING = Ready(
    select(tables.round_.c.state, lanes.IS_HELD).where(tables.round_.c.id == bindparam("of"))
)
"""A round's state, and whether one of its lanes is held."""


def _order(db: Connection, event: Event) -> Order:
    payload, is_held = event.payload, False
    if isinstance(payload, BatchDue):
        here = {"of": payload.round, "lane": payload.lane, "rung": payload.rung}
        state, is_held = _STANDING.run(db, **here).fetchone() or (None, False)
    else:
        state = _state(db, event.round) if event.round else None
    if state in OVER:
        return Order.STOP
    return Order.PAUSE if state == "paused" or is_held else Order.GO


def _dead_alarm(event_id: str, kind: str, text: str) -> Fact:
    body: dict[str, object] = {"text": text, "event": event_id}
    if kind == "alarm.due":
        body |= {SILENT: True}
    return Fact(FactKind.ALARM, f"dead:{event_id}", body)


def _us_of(seconds: float) -> int:
    return int(seconds * queue.MICROSECONDS)
