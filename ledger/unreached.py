"""Who of a round could not be told, and where they live: what a regime may count."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, exists, select
from tocsin.ledger import tables as t
from tocsin.ledger.audience import round_number
from tocsin.ledger.dialect import among
from tocsin.ledger.standings import standings
from tocsin.schemas.coverage import PersonState
from tocsin.schemas.outcome import ANNOUNCED_LATER_RUNG, Reason, Result

_CHUNK = 500


class UnreachedRow(NamedTuple):
    """An obligation that was settled as unreachable, of a person who stands so."""

    lane: str
    seq: int
    person: int
    residence: str
    reason: Reason


def unreached(db: Connection, round_id: str) -> tuple[UnreachedRow, ...]:
    """Return the obligations of everybody who could not be told, in the order of persons.

    Who was heard to have their notice after all is not among them, nor for whom an announcement
    stands in since.
    """
    number, r = round_number(db, round_id), t.outcome.c
    later = t.outcome.alias().c
    announced = exists().where(
        later.round == r.round,
        later.lane == r.lane,
        later.seq == r.seq,
        later.rung == ANNOUNCED_LATER_RUNG,
    )
    query = (
        select(r.lane, r.seq, r.person, r.reason)
        .where(r.round == number, r.result == Result.UNREACHABLE.value, ~announced)
        .order_by(r.person, r.lane, r.seq)
    )
    rows = db.execute(query).all()
    persons = sorted({row.person for row in rows})
    stand = standings(db, number, persons)
    left = [n for n in persons if stand[n].state is PersonState.UNREACHABLE]
    home = _residences(db, number, left)
    return tuple(
        UnreachedRow(row.lane, row.seq, row.person, home[row.person], Reason(row.reason))
        for row in rows
        if row.person in home
    )


def _residences(db: Connection, number: int, persons: Sequence[int]) -> dict[int, str]:
    p, found = t.person.c, {}
    for start in range(0, len(persons), _CHUNK):
        part = list(persons[start : start + _CHUNK])
        query = select(p.number, p.residence).where(p.round == number, among(db, p.number, part))
        found.update({row.number: row.residence for row in db.execute(query)})
    return found
