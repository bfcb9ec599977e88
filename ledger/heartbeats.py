"""Which workers live: a row each, written every few seconds. No facts, and never evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
from tocsin.ledger.dialect import DB_NOW, insert
from tocsin.ledger.queue import MICROSECONDS
from tocsin.ledger.tables import heartbeat

_KEPT_US = 30 * 86_400 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker, and how long ago it was last seen at work, in seconds."""

    worker: str
    seen_s: float
    ended: bool
    """It was stopped in order."""


def beat(db: Connection, worker: str, *, ended: bool = False) -> None:
    """Write that a worker works, or that it ends, by the database's clock."""
    values = {"worker": worker, "seen": DB_NOW, "ended": int(ended)}
    statement = insert(db, heartbeat).values(values)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["worker"], set_={"seen": DB_NOW, "ended": int(ended)}
        )
    )


def forget(db: Connection) -> None:
    """Delete workers that were not seen for 30 days, but for the last one."""
    newest = select(heartbeat.c.worker).order_by(heartbeat.c.seen.desc()).limit(1).scalar_subquery()
    old = heartbeat.c.seen < DB_NOW - _KEPT_US
    db.execute(delete(heartbeat).where(old, heartbeat.c.worker != newest))


def workers(db: Connection) -> Sequence[WorkerSeen]:
    """Return all workers that are remembered, the last seen first."""
    h = heartbeat.c
    query = select(h.worker, (DB_NOW - h.seen).label("ago"), h.ended).order_by(h.seen.desc())
    return [
        WorkerSeen(row.worker, max(int(row.ago), 0) / MICROSECONDS, bool(row.ended))
        for row in db.execute(query)
    ]
