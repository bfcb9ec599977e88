"""Where persons stand: folded from their obligations, what settles those, and what was heard."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, not_, or_, select
from tocsin.ledger import tables as t
from tocsin.ledger.dialect import among
from tocsin.schemas.coverage import Settled, Settlement, Standing, fold_obligation, fold_person
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Reason, Result

_CHUNK = 500
Heards = dict[tuple[str, int], dict[int, set[Heard]]]
"""(lane, seq) -> rung -> what was heard."""


def stands() -> ColumnElement[bool]:
    """Return the condition of an outcome that settles its obligation and was not refuted since.

    Refuted is what was heard to have failed, unless it was also heard to have arrived.
    """
    r, e = t.outcome.c, t.evidence.c
    here = and_(e.round == r.round, e.lane == r.lane, e.seq == r.seq, e.rung == r.rung)
    failed = exists().where(here, e.heard == Heard.FAILED.value)
    arrived = exists().where(here, e.heard != Heard.FAILED.value)
    told = r.result.in_((Result.ACCEPTED.value, Result.COVERED.value))
    return and_(t.SETTLES, or_(not_(told), not_(failed), arrived))


def obligations_query(number: Any) -> Select[Any]:
    """Return each obligation of a round with each outcome that settles it, person by person."""
    o, r = t.obligation.c, t.outcome.c
    settling = and_(r.round == o.round, r.lane == o.lane, r.seq == o.seq, t.SETTLES)
    return (
        select(o.person, o.lane, o.seq, r.rung, r.result, r.reason)
        .select_from(t.obligation.outerjoin(t.outcome, settling))
        .where(o.round == number)
        .order_by(o.person, o.recipient.desc(), o.lane, o.seq, r.rung)
    )


def heard_query(number: Any) -> Select[Any]:
    """Return everything that was heard in a round, person by person."""
    e = t.evidence.c
    columns = (e.person, e.lane, e.seq, e.rung, e.heard)
    return select(*columns).where(e.round == number).order_by(e.person, e.lane, e.seq)


def settled_each(rows: Sequence[Any], heard: Heards) -> Iterator[Settled | None]:
    """Yield what settles each obligation of a person, from the rows of `obligations_query`."""
    owed: dict[tuple[str, int], list[Settlement]] = {}
    for row in rows:
        settlements = owed.setdefault((row.lane, row.seq), [])
        if row.result is not None:
            settlements.append(Settlement(row.rung, Result(row.result), Reason(row.reason)))
    for place, settlements in owed.items():
        yield fold_obligation(settlements, heard.get(place, {}))


def heards(rows: Sequence[Any]) -> Heards:
    """Return what was heard, from the rows of `heard_query`."""
    found: Heards = {}
    for row in rows:
        found.setdefault((row.lane, row.seq), {}).setdefault(row.rung, set()).add(Heard(row.heard))
    return found


def standings(db: Connection, number: int, persons: Sequence[int]) -> dict[int, Standing]:
    """Return where each of some persons of a round stands."""
    found: dict[int, Standing] = {}
    for start in range(0, len(persons), _CHUNK):
        part = persons[start : start + _CHUNK]
        heard = heards(
            db.execute(heard_query(number).where(among(db, t.evidence.c.person, part))).all()
        )
        rows: defaultdict[int, list[Any]] = defaultdict(list)
        query = obligations_query(number).where(among(db, t.obligation.c.person, part))
        for row in db.execute(query):
            rows[row.person].append(row)
        for person, owed in rows.items():
            found[person] = fold_person(settled_each(owed, heard))
    return found
