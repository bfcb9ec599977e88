"""Whose turn it is where limits hold: how fast channels and lanes may be told by all workers.

Each name with a limit has the time from which it is free. A batch may be claimed once all of its
names are, and the same transaction takes them for as long as their limits need for its people: so
whoever is killed at any moment, nobody is told faster. Mutable, and never evidence.
"""

import math
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, and_, bindparam, not_, or_, select, update
from tocsin.ledger import queue
from tocsin.ledger.choosing import Lanes, choose
from tocsin.ledger.dialect import insert
from tocsin.ledger.pace import FIRST_HAND_OVER
from tocsin.ledger.tables import event, incident, pace
from tocsin.schemas.channels import Channel
from tocsin.schemas.event import PAYLOAD, BatchDue, Claimed, EventState

_WAITS, _BEHIND_IT = "~", "\x7f"
"""What begins the rest of a waiting lane's name (`gmail~us-ca`), and the sign that follows it."""
_AT_WORK_US = 10 * queue.MICROSECONDS
_LIFETIME_S = 100 * 365 * 86_400


class Limits(Protocol):
    """What is held to."""

    @property
    def names(self) -> Mapping[str, Channel]:
        """Each channel and lane that has a limit -> the channel on which it holds."""
        ...

    def seconds_for(self, name: str, people: int, start: datetime) -> float:
        """Return how many seconds one of them needs for so many people."""
        ...

    def held_to(self, name: str) -> str:
        """Return what one of them is held to, as a short text that is another for another limit."""
        ...


def changed(db: Connection, limits: Limits) -> Mapping[str, str]:
    """Return the names whose limit is another than before, or none now -> what they are held to."""
    known = {row.name: row.held_to for row in db.execute(select(pace.c.name, pace.c.held_to))}
    wanted = {name: limits.held_to(name) for name in limits.names}
    return {
        name: wanted.get(name, "")
        for name in sorted({*known, *wanted})
        if known.get(name, "") != wanted.get(name, "")
    }


def keep_to(db: Connection, names: Mapping[str, str], *, now_us: int) -> None:
    """Note what names are held to from now on, and look at once at what waits for their turns.

    When a batch is due was reckoned with the limits of then: under a higher one it would wait
    longer than anybody has to. What is due sooner than it may be told waits for its turn as ever.
    """
    rows = [{"name": name, "free_at": 0, "held_to": to} for name, to in names.items()]
    statement = insert(db, pace)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"held_to": statement.excluded.held_to}
    )
    db.execute(statement, rows)
    theirs = or_(*(_leads_to(name) | (event.c.channel == name) for name in names))
    waits = and_(event.c.state == EventState.WAITING.value, event.c.due > now_us)
    first = and_(event.c.type == "batch.due", event.c.payload.like(FIRST_HAND_OVER))
    db.execute(update(event).where(waits, first, theirs).values(due=now_us))


def names_of(batch: BatchDue, limits: Limits) -> tuple[str, ...]:
    """Return the names that a batch counts for: its channel, and its lane where that leads there.

    Who goes on to another channel leaves the lane: where it leads says nothing of that one.
    """
    names, base = limits.names, batch.lane.partition(_WAITS)[0]
    counted = {n for n in (base, batch.channel.value) if names.get(n) is batch.channel}
    return tuple(sorted(counted))


def open_now(db: Connection, limits: Limits, *, now_us: int) -> ColumnElement[bool] | None:
    """Return the condition of an event that no limit holds back now; None: of all of them."""
    query = select(pace.c.name).where(pace.c.free_at > now_us)
    closed = [name for name in db.execute(query).scalars() if name in limits.names]
    return _open_but_for({name: limits.names[name] for name in closed})


def claim(
    db: Connection,
    limits: Limits,
    *,
    now: datetime,
    max_weight: int | None,
    lease_us: int,
    only: str | None = None,
    full: Lanes = (),
) -> Claimed | None:
    """Claim the next due event that no limit holds back, and take the turn of its names.

    Batches of lanes that are `full` are passed over.
    """
    now_us = queue.microseconds(now)
    beside = open_now(db, limits, now_us=now_us)
    while True:
        chosen = choose(
            db, now_us=now_us, max_weight=max_weight, only=only, full=full, beside=beside
        )
        if chosen is None:
            return None
        batch = PAYLOAD.validate_json(chosen.payload)
        names = names_of(batch, limits) if isinstance(batch, BatchDue) else ()
        if names and not _is_drill(db, chosen.incident):
            assert isinstance(batch, BatchDue)  # noqa: S101  # only batches have names
            if not _take_turn(db, names, batch.people, limits, now=now, now_us=now_us):
                # another worker had it at this very moment: what is open now is another choice
                beside = open_now(db, limits, now_us=now_us)
                continue
        return queue.take(db, chosen, lease_us=lease_us)


def held_back(db: Connection, *, now_us: int) -> ColumnElement[bool] | None:
    """Return the condition of an event that waits for its turn, as those of a busy lane all do."""
    query = select(pace.c.name).where(pace.c.free_at > now_us - _AT_WORK_US)
    busy = list(db.execute(query).scalars())
    return or_(*(_leads_to(name) | (event.c.channel == name) for name in busy)) if busy else None


def _take_turn(
    db: Connection,
    names: Collection[str],
    people: int,
    limits: Limits,
    *,
    now: datetime,
    now_us: int,
) -> bool:
    """Take names for as long as so many people need; False where one is not free after all."""
    rows = [{"name": name, "free_at": 0, "held_to": ""} for name in names]
    db.execute(insert(db, pace).on_conflict_do_nothing(), rows)
    mine = select(pace.c.free_at).where(pace.c.name.in_(names)).order_by(pace.c.name)
    if any(free_at > now_us for free_at in db.execute(mine.with_for_update()).scalars()):
        return False
    needs = {name: min(limits.seconds_for(name, people, now), _LIFETIME_S) for name in names}
    until = [
        {"of": name, "until": now_us + math.ceil(seconds * queue.MICROSECONDS)}
        for name, seconds in needs.items()
    ]
    db.execute(
        update(pace).where(pace.c.name == bindparam("of")).values(free_at=bindparam("until")), until
    )
    return True


def _is_drill(db: Connection, name: str) -> bool:
    """Whether an incident is a drill: it reaches no channel, and takes nobody's turn."""
    return bool(db.execute(select(incident.c.drill).where(incident.c.id == name)).scalar())


def _open_but_for(closed: Mapping[str, Channel]) -> ColumnElement[bool] | None:
    if not closed:
        return None
    shut = [
        event.c.channel == channel.value
        if name == channel.value
        else and_(event.c.channel == channel.value, _leads_to(name))
        for name, channel in closed.items()
    ]
    return not_(or_(*shut))


def _leads_to(lane: str) -> ColumnElement[bool]:
    waits = and_(event.c.lane > lane + _WAITS, event.c.lane < lane + _BEHIND_IT)
    return or_(event.c.lane == lane, waits)
