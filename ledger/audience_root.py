"""The audience root, computed from the rows that stand: at freezing, at dispatch, in the proof."""

from itertools import chain

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
    kinds = (query.blocks(db, AUDIENCE_BLOCK, name=round_id) for query in (_PERSONS, _OWED))
    return root_over(chain.from_iterable(kinds))
