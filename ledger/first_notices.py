"""When the first notice of an incident was taken over, for the people of each regime."""

from datetime import datetime

from sqlalchemy import Connection, func, select
from tocsin.ledger import tables
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.outcome import Result


def first_notices(db: Connection, incident_id: str) -> dict[str, datetime]:
    """Return regime -> when the first notice to one of its people left, over all rounds.

    It reads every outcome of the incident: nothing that is asked while people are told.
    """
    o, p, r = tables.outcome.c, tables.person.c, tables.round_.c
    query = (
        select(p.regimes, func.min(o.at))
        .select_from(tables.outcome)
        .join(tables.round_, r.n == o.round)
        .join(tables.person, (p.round == o.round) & (p.number == o.person))
        .where(r.incident == incident_id, o.result == Result.ACCEPTED.value)
        .group_by(p.regimes)
    )
    found: dict[str, datetime] = {}
    for regimes, text in db.execute(query):
        at = parse_instant(text)
        for regime in regimes.split():
            found[regime] = min(at, found.get(regime, at))
    return found
