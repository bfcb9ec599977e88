"""How many people an incident touched, by residence, as far as its rounds have counted them."""

from sqlalchemy import Connection
from tocsin.ledger import reads
from tocsin.ledger.sought import open_by_residence
from tocsin.rules.rounds import first_notices, taken_over
from tocsin.schemas.audience import sum_counts


def counted_by_residence(db: Connection, incident_id: str) -> dict[str, int]:
    """Return residence -> people; nobody before a round is counted."""
    rounds = reads.rounds(db, incident_id)
    others = taken_over(rounds)
    pairs: list[tuple[str, int]] = []
    for view in first_notices(rounds):
        pairs += view.counts.by_residence.items() if view.counts else ()
        if view.id in others:  # whoever was open there is counted where they are told
            pairs += [(place, -people) for place, people in open_by_residence(db, view.id)]
    return sum_counts(pairs)
