"""Facts enter the chain: writes are applied and bound into a new link under the head's lock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update
from tocsin.ledger import queue, tables
from tocsin.ledger.alarms import rings
from tocsin.ledger.application import Application
from tocsin.ledger.apply import APPLY
from tocsin.ledger.chain import GENESIS, SYSTEM, Signer, forge
from tocsin.ledger.dialect import insert
from tocsin.ledger.ready import Ready
from tocsin.schemas.canonical import instant
from tocsin.schemas.commit import DecideDraft, Fact, Write
from tocsin.schemas.event import Event, RoundEmptied
from tocsin.schemas.identifiers import root_id

_HEAD = Ready(
    select(tables.head.c.n, tables.head.c.hash)
    .where(tables.head.c.incident == bindparam("of"))
    .with_for_update()
)
_NEW_LINK = Ready(tables.link.insert())
_MOVED = Ready(
    update(tables.head)
    .where(tables.head.c.incident == bindparam("of"))
    .values(n=bindparam("last"), hash=bindparam("made"))
)


def take_head(db: Connection, incident: str) -> tuple[int, str]:
    """Lock the head of an incident's chain until the transaction ends; return (n, hash).

    Whoever writes facts of an incident takes its head first: what follows (counts, whether a round
    is empty) is done by one worker at a time, and always in this order. -1 before the first link.
    """
    row = _HEAD.run(db, of=incident).fetchone()
    if row is None:
        first = {"incident": incident, "n": -1, "hash": GENESIS}
        db.execute(insert(db, tables.head).values(first).on_conflict_do_nothing())
        row = _HEAD.run(db, of=incident).fetchone()
    return row[0], row[1]


def append(
    db: Connection,
    incident: str,
    writes: Sequence[Write],
    *,
    now: datetime,
    about: str,
    signer: Signer,
    head: tuple[int, str] | None = None,
) -> None:
    """Apply writes and bind their facts into the incident's chain, whose `head` may be taken.

    What follows from them alone is inserted with them: a round's end, the ringing of an alarm.
    """
    last, previous = head or take_head(db, incident)
    if any(isinstance(write, DecideDraft) for write in writes):
        take_head(db, SYSTEM)  # before the draft: who merges holds this head, and may change it
    do = Application(db, incident, instant(now), last + 1)
    for write in writes:
        APPLY[type(write)](do, write)
    if incident == SYSTEM:
        for fact in do.on_system:
            APPLY[Fact](do, fact)
    elif do.on_system:
        append(db, SYSTEM, do.on_system, now=now, about=about, signer=signer)
    for round_id in sorted(do.emptied):
        emptied = Event(
            id=root_id("round-emptied", f"{round_id}/{queue.times(db, round_id, 'round.emptied')}"),
            incident=incident,
            round=round_id,
            payload=RoundEmptied(round=round_id),
        )
        queue.insert_events(db, (emptied,), now_us=queue.microseconds(now))
    called = rings(incident, writes, link=do.link)
    queue.insert_events(db, called, now_us=queue.microseconds(now))
    if not do.leaves:
        return
    link = forge(
        incident=incident,
        n=do.link,
        at=do.at,
        about=about,
        leaves=do.leaves,
        previous=previous,
        signer=signer,
    )
    _NEW_LINK.run(db, **link._asdict())
    _MOVED.run(db, of=incident, last=link.n, made=link.hash)
