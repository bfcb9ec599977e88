"""Who of a round could not be told, as re-planning reads it."""

from tocsin.ledger.ledger import Ledger
from tocsin.ledger.unreached import UnreachedRow, unreached
from tocsin.runtimes.books import Papers
from tocsin.runtimes.delivery_books import RoundBook


class FallenBook(RoundBook, Papers):
    """Who of a round could not be told, and what stands in for it."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        RoundBook.__init__(self, ledger)
        Papers.__init__(self, ledger)

    async def unreached(self, round_id: str) -> tuple[UnreachedRow, ...]:
        """Return the obligations of everybody who could not be told."""
        return await self._ledger.study(unreached, round_id)
