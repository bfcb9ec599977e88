"""Which codes of a pool each round has: ranges that follow on each other and never overlap."""

import json
from collections.abc import Iterator

from sqlalchemy import Connection, func, select
from tocsin.ledger import tables as t
from tocsin.ledger.dialect import insert
from tocsin.schemas.codes import CodeRange
from tocsin.schemas.commit import FactKind, ReserveCodes


def newest(db: Connection) -> tuple[CodeRange, ...]:
    """Return the last range of every pool that codes were ever reserved of, by name."""
    c = t.code_range.c
    last = select(c.pool, func.max(c.first).label("first")).group_by(c.pool).subquery()
    query = (
        select(c.pool, c.first, c.count, c.digest)
        .join(last, (c.pool == last.c.pool) & (c.first == last.c.first))
        .order_by(c.pool)
    )
    return tuple(CodeRange(*row) for row in db.execute(query))


def reserve(db: Connection, write: ReserveCodes) -> bool:
    """Reserve a range; False when it does not begin where the last one of its pool ended.

    Two that reserve at once meet in the primary key: the second waits for the first, and is told.
    """
    c = t.code_range.c
    end = select(func.coalesce(func.max(c.first + c.count), 0)).where(c.pool == write.pool)
    if write.count < 1 or write.first != db.execute(end).scalar_one():
        return False
    row = {
        "pool": write.pool,
        "first": write.first,
        "count": write.count,
        "round": write.round,
        "digest": write.digest,
    }
    statement = insert(db, t.code_range).values(row).on_conflict_do_nothing().returning(c.pool)
    return db.execute(statement).first() is not None


def code_problems(db: Connection) -> Iterator[str]:
    """Compare the ranges of all pools with the facts of their reservation."""
    f, c = t.fact.c, t.code_range.c
    told = {}
    for round_id, body in db.execute(select(f.round, f.body).where(f.kind == FactKind.CODES)):
        said = json.loads(body)
        told[said["pool"], said["first"]] = (said["count"], round_id, said["digest"])
    query = select(c.pool, c.first, c.count, c.round, c.digest)
    shown = {(row.pool, row.first): tuple(row)[2:] for row in db.execute(query)}
    for pool, first in sorted(told.keys() | shown.keys()):
        if told.get((pool, first)) != shown.get((pool, first)):
            yield f"the pool {pool} from its place {first} on: the range differs from its fact"
