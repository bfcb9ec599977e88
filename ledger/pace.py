"""How fast lanes were told before: measured from the batches that are done."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select
from tocsin.ledger import tables as t
from tocsin.ledger.queue import MICROSECONDS

_FEWEST = 5
"""Fewer batches say nothing of a lane's pace."""
_SHORTEST_US = 2 * MICROSECONDS
FIRST_HAND_OVER = '%"only":[],"attempt":0,%'
"""In a batch's payload: a range of its lane, on its first attempt. Later ones wait by design."""


def paces(db: Connection) -> Mapping[str, float]:
    """Return lane -> notices per second, as measured in the newest round that says so.

    A batch that is done bears the time of its last commit and one lease, so what lies between the
    first and the last of a lane is the time that all but the first took. Pauses and quiet hours
    count as slow: the careful side for a forecast.
    """
    e, r = t.event.c, t.round_.c
    first, last = func.min(e.lease_until), func.max(e.lease_until)
    number, people = func.count(), func.sum(e.weight)
    query = (
        select(e.lane, r.n, first.label("first"), last.label("last"), number, people)
        .join(t.round_, r.id == e.round)
        .where(e.type == "batch.due", e.state == "done", e.payload.like(FIRST_HAND_OVER))
        .group_by(e.lane, r.n)
        .having(number >= _FEWEST, last - first >= _SHORTEST_US)
        .order_by(r.n)
    )
    return {
        lane: float(told) * (batches - 1) / batches * MICROSECONDS / (end - start)
        for lane, _, start, end, batches, told in db.execute(query)
    }
