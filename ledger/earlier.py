"""What an import of earlier notices asks: who the people of a round are, and what they are owed."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from tocsin.ledger import tables as t
from tocsin.ledger.audience import round_number
from tocsin.ledger.dialect import among
from tocsin.ledger.standings import stands
from tocsin.schemas.outcome import Result

_CHUNK = 300


class OwedRow(NamedTuple):
    """An obligation of a person, and what settles it, if something does."""

    lane: str
    seq: int
    person: int
    recipient: str
    obstacle: str
    settled: Result | None


def pseudonyms(
    db: Connection, round_id: str, *, after: int, limit: int
) -> tuple[tuple[int, str], ...]:
    """Return (number, pseudonym) of the next persons of a round behind a number, in order.

    A look through the whole round needs no index by pseudonym, which would make every resolution
    slower by a write in a random place for each person.
    """
    p = t.person.c
    query = (
        select(p.number, p.pseudonym)
        .where(p.round == round_number(db, round_id), p.number > after)
        .order_by(p.number)
        .limit(limit)
    )
    return tuple((row.number, row.pseudonym) for row in db.execute(query))


def owed_to(db: Connection, round_id: str, persons: Sequence[int]) -> tuple[OwedRow, ...]:
    """Return every obligation of some persons, by person."""
    number, o = round_number(db, round_id), t.obligation.c
    columns = (o.lane, o.seq, o.person, o.recipient, o.obstacle)
    found: list[Any] = []
    for start in range(0, len(persons), _CHUNK):
        part = list(persons[start : start + _CHUNK])
        query = select(*columns).where(o.round == number, among(db, o.person, part))
        found += db.execute(query.order_by(o.person, o.lane, o.seq)).all()
    settled = _settled(db, number, found)
    return tuple(
        OwedRow(
            lane=row.lane,
            seq=row.seq,
            person=row.person,
            recipient=row.recipient,
            obstacle=row.obstacle,
            settled=settled.get((row.lane, row.seq)),
        )
        for row in found
    )


def _settled(db: Connection, number: int, owed: Sequence[Any]) -> dict[tuple[str, int], Result]:
    """Return what settles each obligation and still stands; that it was told before all else."""
    lanes: defaultdict[str, list[int]] = defaultdict(list)
    for row in owed:
        lanes[row.lane].append(row.seq)
    r = t.outcome.c
    found: dict[tuple[str, int], Result] = {}
    for lane, seqs in lanes.items():
        for start in range(0, len(seqs), _CHUNK):
            part = seqs[start : start + _CHUNK]
            query = select(r.seq, r.result).where(
                r.round == number, r.lane == lane, r.seq.in_(part), stands()
            )
            for seq, result in db.execute(query.order_by(r.seq, r.rung)):
                before = found.get((lane, seq))
                if before not in {Result.ACCEPTED, Result.COVERED}:
                    found[lane, seq] = Result(result)
    return found
