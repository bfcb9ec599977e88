"""Which event a slot carries out next: what is due and not held, in fair order over incidents.

Slots look all the time, mostly in vain: the statements are made once, and what is passed over is
passed over within an index.
"""

from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    exists,
    or_,
    select,
)
from tocsin.ledger.dialect import DB_NOW
from tocsin.ledger.ready import Ready
from tocsin.ledger.tables import EVENT_BY_WEIGHT, event, lane_hold, round_, turn
from tocsin.schemas.event import EventState

Lanes = Collection[tuple[str, str]]
"""Of some rounds: (round, lane)."""
_HELD = select(round_.c.id).where(
    or_(*(round_.c.state == state for state in ("paused", "stopped", "closed")))
)
_NEVER_HELD = ("round.emptied", "command.given", "evidence.heard", "closing.due")
ON_HELD_LANE: ColumnElement[bool] = exists().where(
    event.c.lane != "",
    lane_hold.c.round == event.c.round,
    lane_hold.c.lane == event.c.lane,
    lane_hold.c.rung == event.c.rung,
    lane_hold.c.state == "held",
)
"""Whether an event is a batch of a lane that is held."""
EXPIRED = (event.c.state == EventState.CLAIMED.value) & (event.c.lease_until < DB_NOW)
"""Whether whoever claimed an event lost it."""
_ANY_WEIGHT = 2**31 - 1


class Chosen(NamedTuple):
    """What whoever claims an event needs of it."""

    id: str
    incident: str
    round: str
    payload: str
    weight: int
    epoch: int
    tries: int
    checkpoint: str | None


class _Looks(NamedTuple):
    """The statements by which an event is chosen."""

    something: Any
    in_turn: Any
    following: Any
    named: Any


def claimable(now_us: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition of an event that a slot may claim now; what is held waits."""
    free = (event.c.state == EventState.WAITING.value) & (event.c.due <= now_us)
    never_held = or_(*(event.c.type == kind for kind in _NEVER_HELD))
    return free & (never_held | event.c.round.not_in(_HELD)) & ~ON_HELD_LANE


def has_due(
    db: Connection,
    *,
    now_us: int,
    max_weight: int | None,
    full: Lanes = (),
    beside: ColumnElement[bool] | None = None,
) -> bool:
    """Whether something can be claimed or swept; a look that takes no write lock."""
    given = _given(now_us, max_weight, full)
    looks = _looks_for(max_weight, full, beside)
    found = _run(db, looks.something, given).fetchone() or _EXPIRED.run(db).fetchone()
    return found is not None


def choose(
    db: Connection,
    *,
    now_us: int,
    max_weight: int | None,
    only: str | None,
    full: Lanes = (),
    beside: ColumnElement[bool] | None = None,
) -> Chosen | None:
    """Return the event whose turn it is, held for this transaction.

    Batches of lanes that are `full` are passed over; `beside` narrows the choice further.
    """
    given = _given(now_us, max_weight, full)
    looks = _looks_for(max_weight, full, beside)
    if only is not None:
        row = _run(db, looks.named, given | {"name": only}).fetchone()
        return None if row is None else Chosen._make(row)
    for (name,) in _run(db, looks.in_turn, given).fetchall():
        row = _run(db, looks.following, given | {"name": name}).fetchone()
        if row is not None:
            return Chosen._make(row)
    return None


def _given(now_us: int, max_weight: int | None, full: Lanes) -> dict[str, int | str]:
    given: dict[str, int | str] = {"now_us": now_us}
    given["max_weight"] = _ANY_WEIGHT if max_weight is None else max_weight
    for n, (round_id, lane) in enumerate(full):
        given[f"full_round_{n}"], given[f"full_lane_{n}"] = round_id, lane
    return given


def _looks_for(max_weight: int | None, full: Lanes, beside: ColumnElement[bool] | None) -> _Looks:
    small = max_weight is not None
    if beside is None:
        return _ready(len(full), small=small)
    return _looks(_free(len(full)) & beside, small=small)


def _free(full: int) -> ColumnElement[bool]:
    """Return the condition of an event to claim now, of none of so many lanes that are full."""
    free = claimable(bindparam("now_us", type_=BigInteger))
    free &= event.c.weight <= bindparam("max_weight", type_=BigInteger)
    for n in range(full):
        other_lane = event.c.lane != bindparam(f"full_lane_{n}")
        free &= other_lane | (event.c.round != bindparam(f"full_round_{n}"))
    return free


def _looks(free: ColumnElement[bool], *, small: bool) -> _Looks:
    theirs = free & (event.c.incident == turn.c.incident)
    following = select(*(event.c[name] for name in Chosen._fields)).with_for_update(
        skip_locked=True  # what another worker claims at this moment is not waited for
    )
    of = event.c.incident == bindparam("name")
    return _Looks(
        something=_hinted(select(event.c.id).where(free), small=small).limit(1),
        in_turn=select(turn.c.incident)
        .where(_hinted(select(event.c.id).where(theirs), small=small).exists())
        .order_by(turn.c.turn, turn.c.incident),
        following=_hinted(following.where(free, of), small=small)
        .order_by(event.c.due, event.c.id)
        .limit(1),
        named=following.where(free, event.c.id == bindparam("name")),
    )


def _hinted(query: Select[Any], *, small: bool) -> Select[Any]:
    """Let SQLite pass over large events within an index: thousands of them may wait."""
    return query.with_hint(event, f"INDEXED BY {EVENT_BY_WEIGHT}", "sqlite") if small else query


@cache
def _ready(full: int, *, small: bool) -> _Looks:
    looks = _looks(_free(full), small=small)
    return _Looks(
        something=Ready(looks.something),
        in_turn=Ready(looks.in_turn),
        following=Ready(looks.following),
        named=Ready(looks.named),
    )


_EXPIRED = Ready(select(event.c.id).where(EXPIRED).limit(1))


def _run(db: Connection, query: Any, given: dict[str, int | str]) -> Any:
    if isinstance(query, Ready):
        return query.run(db, **given)
    return db.execute(query, given)
