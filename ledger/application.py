"""One transaction in the making, which every write is applied to."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select
from tocsin.ledger import tables
from tocsin.ledger.ready import Ready
from tocsin.schemas import commit as c

_NUMBER = Ready(select(tables.round_.c.n).where(tables.round_.c.id == bindparam("name")))


@dataclass(slots=True)
class Application:
    """One transaction in the making: where it happens, when, and the facts it holds so far."""

    db: Connection
    incident: str
    at: str
    link: int
    rounds: dict[str, int] = field(default_factory=dict)
    leaves: list[bytes] = field(default_factory=list)
    emptied: set[str] = field(default_factory=set)
    """Rounds whose last open person was settled here."""
    on_system: list[c.Fact] = field(default_factory=list)
    """Facts that stand in the system's chain instead of the incident's."""

    def round_number(self, round_id: str) -> int:
        """Return the short number of a round."""
        if round_id not in self.rounds:
            self.rounds[round_id] = _NUMBER.run(self.db, name=round_id).fetchone()[0]
        return self.rounds[round_id]
