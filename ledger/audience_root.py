"""The audience root, computed from the rows that stand: at freezing, at dispatch, in the proof."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, select
from tocsin.ledger import tables as t
from tocsin.ledger.ready import Ready
from tocsin.schemas.audience import AUDIENCE_BLOCK, ObligationRow, PersonRow, root_over

_P, _O = t.person.c, t.obligation.c
_NUMBER = select(t.round_.c.n).where(t.round_.c.id == bindparam("name")).scalar_subquery()
_PERSONS = Ready(
    select(*(_P[name] for name in PersonRow._fields)).where(_P.round == _NUMBER).order_by(_P.number)
)
_OWED = Ready(
    select(*(_O[name] for name in ObligationRow._fields))
    .where(_O.round == _NUMBER)
    .order_by(_O.lane, _O.seq)
)


def audience_root(db: Connection, round_id: str) -> str:
    """Return a round's audience root, hex; the memory that it takes is flat."""
    return root_over(_blocks(db, round_id))


def _blocks(db: Connection, round_id: str) -> Iterator[list[tuple[Any, ...]]]:
    for query in (_PERSONS, _OWED):
        rows = query.stream(db, name=round_id)
        while block := list(islice(rows, AUDIENCE_BLOCK)):
            yield block
