"""When people were first told, by regime: clocks start with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, literal, select
from tocsin.ledger import reads, tables
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.commit import FactKind
from tocsin.schemas.outcome import Result


def first_told(db: Connection, incident_id: str) -> dict[str, datetime]:
    """Return when the first notice left to people of a regime, of those on record."""
    found: dict[str, datetime] = {}
    for _, _, body in reads.history(db, incident_id, FactKind.TOLD):
        at = datetime.fromisoformat(body["at"])
        found[body["regime"]] = min(at, found.get(body["regime"], at))
    return found


def first_outcomes(db: Connection, round_id: str, regimes: Sequence[str]) -> Mapping[str, datetime]:
    """Return when a round's first notice was taken over, by regime; takes time with outcomes."""
    number = select(tables.round_.c.n).where(tables.round_.c.id == round_id).scalar_subquery()
    o, p = tables.outcome.c, tables.person.c
    found: dict[str, datetime] = {}
    for regime in regimes:
        listed = (literal(" ") + p.regimes + " ").contains(f" {regime} ", autoescape=True)
        query = (
            select(func.min(o.at))
            .join(tables.person, (p.round == o.round) & (p.number == o.person))
            .where(o.round == number, o.result == Result.ACCEPTED.value, listed)
        )
        at = db.execute(query).scalar()
        if at is not None:
            found[regime] = parse_instant(at)
    return found
