"""Lanes that are held, and what lanes came to: asked by the governor, and kept for it."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, select, update
from tocsin.ledger import tables as t
from tocsin.ledger.choosing import ON_HELD_LANE
from tocsin.ledger.dialect import insert
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import HoldLane, ReleaseLane
from tocsin.schemas.outcome import Result
from tocsin.schemas.views import LaneView

_NEVER_RELEASED = -1


def hold(db: Connection, write: HoldLane) -> bool:
    """Hold a lane on one rung; False when it was held already."""
    h = t.lane_hold.c
    row = {"round": write.round, "lane": write.lane, "rung": write.rung}
    told = {"channel": write.channel, "state": "held", "reason": write.reason}
    new = {"handed_over": _NEVER_RELEASED, "hard": _NEVER_RELEASED}
    statement = (
        insert(db, t.lane_hold)
        .values(row | told | new)
        .on_conflict_do_update(
            index_elements=["round", "lane", "rung"], set_=told, where=h.state != "held"
        )
        .returning(h.lane)
    )
    return db.execute(statement).first() is not None


def release(db: Connection, write: ReleaseLane) -> bool:
    """Let a lane go on, with what it had come to; False when it was not held."""
    h = t.lane_hold.c
    here = and_(h.round == write.round, h.lane == write.lane, h.rung == write.rung)
    told = {"state": "released", "reason": write.reason}
    known = {"handed_over": write.handed_over, "hard": write.hard}
    statement = update(t.lane_hold).where(here, h.state == "held").values(told | known)
    return bool(db.execute(statement).rowcount)


IS_HELD: ColumnElement[bool] = exists().where(
    t.lane_hold.c.round == bindparam("of"),
    t.lane_hold.c.lane == bindparam("lane"),
    t.lane_hold.c.rung == bindparam("rung"),
    t.lane_hold.c.state == "held",
)
"""Whether a lane of a round, given by name, is held on a rung."""


def _number(db: Connection, round_id: str) -> int:
    return int(db.execute(select(t.round_.c.n).where(t.round_.c.id == round_id)).scalar_one())


def _ladder(db: Connection, round_id: str) -> list[Channel]:
    counts = db.execute(select(t.round_.c.counts).where(t.round_.c.id == round_id)).scalar_one()
    return [Channel(name) for name in json.loads(counts)["ladder"]] if counts else []


def lane(db: Connection, round_id: str, name: str, rung: int) -> LaneView:
    """Return what a lane came to on one rung, and whether it is held."""
    p, h = t.progress.c, t.lane_hold.c
    number, ladder = _number(db, round_id), _ladder(db, round_id)
    counts = select(p.result, p.reason, p.count.label("notices")).where(
        p.round == number, p.lane == name, p.rung == rung
    )
    found = {(row.result, row.reason): row.notices for row in db.execute(counts)}
    here = and_(h.round == round_id, h.lane == name, h.rung == rung)
    held: Any = db.execute(select(t.lane_hold).where(here)).first()
    channel = ladder[rung] if rung < len(ladder) else Channel.NONE
    if held is None:
        return LaneView(round_id, name, rung, channel.value, found)
    released = None
    if held.handed_over != _NEVER_RELEASED:
        released = (held.handed_over, held.hard)
    return LaneView(
        round=round_id,
        lane=name,
        rung=rung,
        channel=held.channel,
        counts=found,
        held=held.state == "held",
        reason=held.reason,
        released=released,
    )


def held_lanes(db: Connection, incident_id: str) -> tuple[LaneView, ...]:
    """Return the lanes of an incident's rounds that are held now."""
    h, r = t.lane_hold.c, t.round_.c
    query = (
        select(h.round, h.lane, h.rung)
        .join(t.round_, r.id == h.round)
        .where(r.incident == incident_id, h.state == "held")
        .order_by(r.n, h.lane, h.rung)
    )
    return tuple(lane(db, *row) for row in db.execute(query).all())


def came_to(db: Connection, round_id: str) -> dict[str, int]:
    """Return how many notices of a round were accepted, refused, and came back (`failed`)."""
    p = t.progress.c
    query = select(p.result, func.sum(p.count)).where(p.round == _number(db, round_id))
    return {result: int(count) for result, count in db.execute(query.group_by(p.result))}


def committed(db: Connection, round_id: str) -> dict[Channel, int]:
    """Return for how many notices a round pays by channel: those taken, and those in the queue.

    Of a batch that is being sent, those that were taken already count twice until it ends.
    """
    p, e = t.progress.c, t.event.c
    ladder = _ladder(db, round_id)
    taken = (
        select(p.rung, func.sum(p.count))
        .where(p.round == _number(db, round_id), p.result == Result.ACCEPTED.value)
        .group_by(p.rung)
    )
    waiting = (
        select(e.rung, func.sum(e.weight))
        .where(e.round == round_id, e.type == "batch.due", e.state.in_(("waiting", "claimed")))
        .group_by(e.rung)
    )
    found: dict[Channel, int] = {}
    for query in (taken, waiting):
        for rung, notices in db.execute(query):
            if rung < len(ladder):
                found[ladder[rung]] = found.get(ladder[rung], 0) + int(notices)
    return found


def unfinished(db: Connection, events: Sequence[str]) -> int:
    """Return how many of some batches are still to be sent; what a held lane keeps back is not."""
    e = t.event.c
    query = select(func.count()).where(e.id.in_(events), ~ON_HELD_LANE)
    return int(db.execute(query.where(e.state.in_(("waiting", "claimed")))).scalar_one())
