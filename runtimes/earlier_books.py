"""The ledger as those stages read it that look at people of a round who were told before."""

from collections.abc import Mapping, Sequence

from tocsin.ledger import earlier, reads, sought
from tocsin.ledger.ledger import Ledger
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.sought import EarlierPerson, Unfound
from tocsin.schemas.views import RoundView


class EarlierBook:
    """The people of a round who may have been told by other means."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        return await self._ledger.ask(reads.round_, round_id)

    async def owed_to(self, round_id: str, persons: Sequence[int]) -> tuple[earlier.OwedRow, ...]:
        """Return every obligation of some persons."""
        return await self._ledger.ask(earlier.owed_to, round_id, persons)


class SoughtBook:
    """People of earlier rounds whom a round that follows looks for."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def earlier_people(
        self, round_id: str, *, after: int, most: int
    ) -> tuple[EarlierPerson, ...]:
        """Return the next persons of a round behind a number."""
        return await self._ledger.ask(sought.earlier_people, round_id, after=after, most=most)

    async def sought_among(
        self, round_id: str, digests: Sequence[str]
    ) -> Mapping[str, tuple[RecipientKind, ...]]:
        """Return those of some digests whom a round looks for, with the roles of each."""
        return await self._ledger.ask(sought.sought_among, round_id, digests)

    async def unfound(self, round_id: str, *, most: int) -> tuple[Unfound, ...]:
        """Return whom a round still looks for, `most` of them at once."""
        return await self._ledger.ask(sought.unfound, round_id, most=most)

    async def sending(self, rounds: Sequence[str]) -> bool:
        """Whether somebody still sends a batch of one of some rounds."""
        return await self._ledger.ask(sought.sending, rounds)
