"""The event table: fair claims with an epoch, leases by the database's clock, dead events.

Round-robin over incidents: an incident's turn moves to the back when one of its events is claimed,
so five people are told in the middle of a million.
"""

from datetime import datetime
from functools import cache

from sqlalchemy import BigInteger, Connection, bindparam, func, select, update
from tocsin.ledger.choosing import EXPIRED, Chosen, Lanes, choose
from tocsin.ledger.dialect import DB_NOW, insert, leads
from tocsin.ledger.ready import Ready
from tocsin.ledger.tables import event, turn
from tocsin.schemas.event import PAYLOAD, BatchDue, Claimed, Event, EventState

MICROSECONDS = 1_000_000


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


_SWEPT = (
    select(event.c.id, event.c.incident, event.c.type, event.c.tries)
    .where(EXPIRED)
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


def claim(
    db: Connection,
    *,
    now_us: int,
    max_weight: int | None,
    lease_us: int,
    only: str | None = None,
    full: Lanes = (),
) -> Claimed | None:
    """Claim the next due event in fair order, or the event `only`; None when there is none.

    Batches of lanes that are `full` are passed over.
    """
    chosen = choose(db, now_us=now_us, max_weight=max_weight, only=only, full=full)
    return None if chosen is None else take(db, chosen, lease_us=lease_us)


_TAKEN = Ready(
    update(event)
    .where(event.c.id == bindparam("of"))
    .values(
        state=EventState.CLAIMED.value,
        epoch=event.c.epoch + 1,
        tries=event.c.tries + 1,
        lease_until=DB_NOW + bindparam("lease_us", type_=BigInteger),
    )
)
_MY_TURN = Ready(
    select(turn.c.incident)
    .where(turn.c.incident == bindparam("of"))
    .with_for_update(skip_locked=True)
)
_TO_THE_BACK = Ready(
    update(turn)
    .where(turn.c.incident == bindparam("of"))
    .values(turn=select(func.max(turn.c.turn) + 1).scalar_subquery())
)


def take(db: Connection, chosen: Chosen, *, lease_us: int) -> Claimed:
    """Claim an event that was chosen: a new epoch, a lease, and its incident's turn is over.

    The turn moves behind all others, unless another worker moves it right now.
    """
    _TAKEN.run(db, of=chosen.id, lease_us=lease_us)
    if _MY_TURN.run(db, of=chosen.incident).fetchone() is not None:
        _TO_THE_BACK.run(db, of=chosen.incident)
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
