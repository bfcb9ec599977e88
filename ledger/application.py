"""One transaction in the making, which every write is applied to."""

from dataclasses import dataclass, field

from sqlalchemy import Connection
from tocsin.ledger.audience import round_number
from tocsin.schemas import commit as c


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
            self.rounds[round_id] = round_number(self.db, round_id)
        return self.rounds[round_id]
