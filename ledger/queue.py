"""The event table: fair claims with an epoch, leases by the database's clock, dead events.

Round-robin over incidents: an incident's turn moves to the back when one of its events is claimed,
so five people are told in the middle of a million.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    exists,
    func,
    select,
    update,
)
from tocsin.ledger.dialect import DB_NOW, insert, leads
from tocsin.ledger.ready import Ready
from tocsin.ledger.tables import event, lane_hold, round_, turn
from tocsin.schemas.event import PAYLOAD, BatchDue, Claimed, Event, EventState

MICROSECONDS = 1_000_000
_HELD = select(round_.c.id).where(round_.c.state.in_(("paused", "stopped", "closed")))
_NEVER_HELD = ("round.emptied", "command.given", "evidence.heard", "closing.due")
ON_HELD_LANE: ColumnElement[bool] = exists().where(
    event.c.lane != "",
    lane_hold.c.round == event.c.round,
    lane_hold.c.lane == event.c.lane,
    lane_hold.c.rung == event.c.rung,
    lane_hold.c.state == "held",
)
"""Whether an event is a batch of a lane that is held."""
_TO_HOLD = select(event).with_for_update(skip_locked=True)
"""What another worker claims at this moment is passed over, not waited for."""


def microseconds(now: datetime) -> int:
    """Return a time as the event table keeps it: microseconds since 1970."""
    return int(now.timestamp() * MICROSECONDS)


def insert_events(db: Connection, events: tuple[Event, ...], *, now_us: int) -> int:
    """Insert events; one whose id stands already is the same event and stays as it is.

    Returns how many were new.
    """
    rows = [
        {
            "id": e.id,
            "incident": e.incident,
            "round": e.round,
            "type": e.payload.type,
            "lane": e.payload.lane if isinstance(e.payload, BatchDue) else "",
            "rung": e.payload.rung if isinstance(e.payload, BatchDue) else 0,
            "channel": e.payload.channel.value if isinstance(e.payload, BatchDue) else "",
            "payload": e.payload.model_dump_json(),
            "due": now_us if e.due is None else microseconds(e.due),
            "weight": e.weight,
            "state": EventState.WAITING.value,
            "epoch": 0,
            "lease_until": 0,
            "tries": 0,
            "error": "",
        }
        for e in events
    ]
    if not rows:
        return 0
    statement = insert(db, event).on_conflict_do_nothing()
    new = db.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount
    incidents = [{"incident": name, "turn": 0} for name in sorted({e.incident for e in events})]
    db.execute(insert(db, turn).on_conflict_do_nothing(), incidents)
    return new


def times(db: Connection, round_id: str, kind: str) -> int:
    """Return how many events of a kind a round has had: a name for the next of them."""
    query = select(func.count()).where(event.c.round == round_id, event.c.type == kind)
    return db.execute(query).scalar_one()


_EXPIRED = (event.c.state == EventState.CLAIMED.value) & (event.c.lease_until < DB_NOW)
_SWEPT = (
    select(event.c.id, event.c.incident, event.c.type, event.c.tries)
    .where(_EXPIRED)
    .order_by(event.c.incident, event.c.id)
    .with_for_update(skip_locked=True)
)


def sweep(db: Connection, *, max_tries: int) -> tuple[tuple[str, str, str], ...]:
    """Free events whose lease ran out; return (id, incident, type) of those that are now dead.

    An event that its holder commits right now is left alone: the commit renews its lease.
    """
    if not leads(db):
        return ()
    found = db.execute(_SWEPT).all()
    dead = [row for row in found if row.tries >= max_tries]
    for rows, state, error in (
        ([row for row in found if row.tries < max_tries], EventState.WAITING, event.c.error),
        (dead, EventState.DEAD, "lease ran out"),
    ):
        if rows:
            here = event.c.id.in_([row.id for row in rows])
            db.execute(update(event).where(here).values(state=state.value, error=error))
    return tuple((row.id, row.incident, row.type) for row in dead)


def claimable(now_us: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition of an event that a slot may claim now; what is held waits."""
    free = (event.c.state == EventState.WAITING.value) & (event.c.due <= now_us)
    free &= event.c.type.in_(_NEVER_HELD) | event.c.round.not_in(_HELD)
    return free & ~ON_HELD_LANE


_ANY_WEIGHT = 2**31 - 1


def _free(beside: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    free = claimable(bindparam("now_us", type_=BigInteger))
    free &= event.c.weight <= bindparam("max_weight", type_=BigInteger)
    return free if beside is None else free & beside


def _something(free: ColumnElement[bool]) -> Select[Any]:
    return select(event.c.id).where(free | _EXPIRED).limit(1)


def _in_turn(free: ColumnElement[bool]) -> Select[Any]:
    theirs = select(event.c.id).where(free, event.c.incident == turn.c.incident)
    return select(turn.c.incident).where(theirs.exists()).order_by(turn.c.turn, turn.c.incident)


def _named(free: ColumnElement[bool]) -> Select[Any]:
    return _TO_HOLD.where(free, event.c.id == bindparam("name"))


def _next(free: ColumnElement[bool]) -> Select[Any]:
    of = event.c.incident == bindparam("name")
    return _TO_HOLD.where(free, of).order_by(event.c.due, event.c.id).limit(1)


_CLAIMABLE = _free()
_SOMETHING, _IN_TURN = _something(_CLAIMABLE), _in_turn(_CLAIMABLE)
_NAMED, _NEXT = _named(_CLAIMABLE), _next(_CLAIMABLE)


def beside_lanes(
    lanes: Collection[tuple[str, str]], beside: ColumnElement[bool] | None = None
) -> ColumnElement[bool] | None:
    """Narrow a choice of events to those that are batches of none of these (round, lane)."""
    for round_id, lane in lanes:
        other = (event.c.lane != lane) | (event.c.round != round_id)
        beside = other if beside is None else beside & other
    return beside


def has_due(
    db: Connection,
    *,
    now_us: int,
    max_weight: int | None,
    beside: ColumnElement[bool] | None = None,
) -> bool:
    """Whether something can be claimed or swept; a look that takes no write lock."""
    query = _SOMETHING if beside is None else _something(_free(beside))
    return db.execute(query, _limits(now_us, max_weight)).first() is not None


def _limits(now_us: int, max_weight: int | None) -> dict[str, int | str]:
    return {"now_us": now_us, "max_weight": _ANY_WEIGHT if max_weight is None else max_weight}


def claim(
    db: Connection,
    *,
    now_us: int,
    max_weight: int | None,
    lease_us: int,
    only: str | None = None,
    full: Collection[tuple[str, str]] = (),
) -> Claimed | None:
    """Claim the next due event in fair order, or the event `only`; None when there is none.

    Batches of (round, lane) that are `full` are passed over.
    """
    beside = beside_lanes(full)
    chosen = choose(db, now_us=now_us, max_weight=max_weight, only=only, beside=beside)
    return None if chosen is None else take(db, chosen, lease_us=lease_us)


def choose(
    db: Connection,
    *,
    now_us: int,
    max_weight: int | None,
    only: str | None,
    beside: ColumnElement[bool] | None = None,
) -> Row[Any] | None:
    """Return the event whose turn it is, held for this transaction; `beside` narrows the choice."""
    named, in_turn, following = _NAMED, _IN_TURN, _NEXT
    if beside is not None:
        free = _free(beside)
        named, in_turn, following = _named(free), _in_turn(free), _next(free)
    limits = _limits(now_us, max_weight)
    if only is not None:
        return db.execute(named, limits | {"name": only}).first()
    for name in db.execute(in_turn, limits).scalars().all():
        chosen = db.execute(following, limits | {"name": name}).first()
        if chosen is not None:
            return chosen
    return None


def take(db: Connection, chosen: Row[Any], *, lease_us: int) -> Claimed:
    """Claim an event that was chosen: a new epoch, a lease, and its incident's turn is over."""
    db.execute(
        update(event)
        .where(event.c.id == chosen.id)
        .values(
            state=EventState.CLAIMED.value,
            epoch=chosen.epoch + 1,
            tries=chosen.tries + 1,
            lease_until=DB_NOW + lease_us,
        )
    )
    _to_the_back(db, chosen.incident)
    return Claimed(
        event=Event(
            id=chosen.id,
            incident=chosen.incident,
            round=chosen.round,
            payload=PAYLOAD.validate_json(chosen.payload),
            weight=chosen.weight,
        ),
        epoch=chosen.epoch + 1,
        checkpoint=chosen.checkpoint,
        tries=chosen.tries + 1,
    )


def _to_the_back(db: Connection, incident: str) -> None:
    """Move an incident's turn behind all others, unless another worker does so right now."""
    mine = select(turn.c.incident).where(turn.c.incident == incident)
    if db.execute(mine.with_for_update(skip_locked=True)).first() is not None:
        last = select(func.max(turn.c.turn) + 1).scalar_subquery()
        db.execute(update(turn).where(turn.c.incident == incident).values(turn=last))


def renew(
    db: Connection,
    claimed: Claimed,
    *,
    lease_us: int,
    checkpoint: str | None = None,
    done: bool = False,
    progress: bool = True,
) -> bool:
    """Renew the lease inside a commit; False when the event was taken over (fenced)."""
    statement = _renewal(progress=progress, checkpoint=checkpoint is not None, done=done)
    given = {"of": claimed.event.id, "held": claimed.epoch, "lease_us": lease_us}
    if checkpoint is not None:
        given["came_to"] = checkpoint
    return bool(statement.run(db, **given).rowcount)


@cache
def _renewal(*, progress: bool, checkpoint: bool, done: bool) -> Ready:
    """Return the statement that renews a lease; made once, for it is part of every commit."""
    values: dict[str, object] = {"lease_until": DB_NOW + bindparam("lease_us", type_=BigInteger)}
    if progress:
        values["tries"] = 0
    if checkpoint:
        values["checkpoint"] = bindparam("came_to")
    if done:
        values["state"] = EventState.DONE.value
    return Ready(
        update(event)
        .where(
            event.c.id == bindparam("of"),
            event.c.epoch == bindparam("held"),
            event.c.state == EventState.CLAIMED.value,
        )
        .values(**values)
    )


def release(
    db: Connection, claimed: Claimed, *, due_us: int | None, error: str, dead: bool
) -> bool:
    """Give an event back; it waits until `due_us`, or is dead. False when it was taken over."""
    values: dict[str, object] = {
        "state": (EventState.DEAD if dead else EventState.WAITING).value,
        "error": error,
    }
    if due_us is not None:
        values["due"] = due_us
    if not error:
        values["tries"] = 0
    result = db.execute(
        update(event)
        .where(
            event.c.id == claimed.event.id,
            event.c.epoch == claimed.epoch,
            event.c.state == EventState.CLAIMED.value,
        )
        .values(**values)
    )
    return bool(result.rowcount)
