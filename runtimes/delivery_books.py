"""The ledger as delivery reads it: rounds on their way, what comes back, lanes and their cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.ledger import audience, handed_over, lanes, reads
from tocsin.ledger.audience import CohortRow, OwedRow
from tocsin.ledger.audience_root import audience_root
from tocsin.ledger.ledger import Ledger
from tocsin.ledger.pace import paces
from tocsin.runtimes.books import Papers
from tocsin.schemas.artefact import Approval
from tocsin.schemas.audience import Addressee
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import AwaitingRow, FactKind
from tocsin.schemas.event import BatchDue, SilenceDue
from tocsin.schemas.evidence import HandedOver
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.views import LaneView, RoundView
from tocsin.services.silence import Silent


class RoundBook:
    """A round's texts, plan, obligations and outcomes."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        return await self._ledger.ask(reads.round_, round_id)

    async def texts(self, round_id: str) -> Mapping[str, str]:
        """Return a round's texts by name."""
        bodies = await self._ledger.ask(reads.round_facts, round_id, FactKind.TEXT)
        return {name: body["text"] for name, body in bodies.items()}

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        return await Papers(self._ledger).plan(round_id)

    async def paces(self) -> Mapping[str, float]:
        """Return lane -> notices per second, as measured in earlier rounds."""
        return await self._ledger.study(paces)

    async def audience_root(self, round_id: str) -> str:
        """Compute the audience root from the rows that stand now."""
        return await self._ledger.study(audience_root, round_id)

    async def holders(
        self, round_id: str, digests: Sequence[bytes]
    ) -> Mapping[bytes, tuple[str, int]]:
        """Return (lane, seq) of the first holder of each digest that was seen."""
        return await self._ledger.run(lambda: self._ledger.rosters.holders(round_id, digests))

    async def mend(self, round_id: str) -> None:
        """Forget the keys that a crash left behind."""
        await self._ledger.mend_roster(round_id)

    async def key(self, round_id: str, lane: str, seq: int) -> str | None:
        """Return the directory key behind an obligation; None once the round is over."""
        rosters = self._ledger.rosters
        return (await self._ledger.run(lambda: rosters.keys(round_id, lane, [seq]))).get(seq)

    async def pending(self, batch: BatchDue) -> tuple[Addressee, ...]:
        """Return those without an outcome for the batch's attempt, with their raw keys."""
        rows = await self._ledger.ask(audience.pending, batch)
        seqs = [row[0] for row in rows]
        keys = await self._ledger.run(
            lambda: self._ledger.rosters.keys(batch.round, batch.lane, seqs)
        )
        lane = batch.lane
        return tuple(
            Addressee(
                *(lane, seq, person, recipient, cohort, pseudonym),
                *(keys.get(seq, ""), address, barred),
            )
            for seq, person, recipient, cohort, pseudonym, address, barred in rows
        )

    async def unsettled(self, batch: BatchDue) -> tuple[tuple[int, Result, Reason], ...]:
        """Return what those came to whom the batch's attempt did not settle."""
        rows = await self._ledger.ask(audience.unsettled, batch)
        return tuple((row.seq, row.result, row.reason) for row in rows)

    async def in_doubt(self, batch: BatchDue) -> tuple[int, ...]:
        """Return the seqs of which an attempt before was left in doubt."""
        return await self._ledger.ask(handed_over.in_doubt, batch) if batch.attempt else ()

    async def open_among(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> Mapping[int, CohortRow]:
        """Return those of some obligations that are open, by seq."""
        return await self._ledger.ask(audience.open_among, round_id, lane, seqs)

    async def silent(self, about: SilenceDue) -> tuple[Silent, ...]:
        """Return those who took a batch's notice and were not heard of since, by seq."""
        rows = await self._ledger.ask(audience.silent, about)
        seqs = [row.seq for row in rows]
        keys = await self._ledger.run(
            lambda: self._ledger.rosters.keys(about.round, about.lane, seqs)
        )
        return tuple(Silent(*row, key=keys[row.seq]) for row in rows)

    async def awaiting(self, round_id: str, rung: int, *, most: int) -> tuple[AwaitingRow, ...]:
        """Return who waits to be told on a rung, `most` of them at once."""
        return await self._ledger.ask(audience.awaiting, round_id, rung, most=most)

    async def first_reasons(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> Mapping[int, Reason]:
        """Return why the first rung of each failed."""
        return await self._ledger.ask(handed_over.first_reasons, round_id, lane, seqs)

    async def open_in(
        self, round_id: str, lane: str, *, first: int, count: int
    ) -> tuple[OwedRow, ...]:
        """Return the open obligations of a range."""
        return await self._ledger.ask(audience.open_in, round_id, lane, first=first, count=count)

    async def settlement(
        self, round_id: str, lane: str, seq: int
    ) -> tuple[Result, Reason, int] | None:
        """Return how an obligation was settled, and on which rung; None while it is open."""
        return await self._ledger.ask(audience.settlement, round_id, lane, seq)

    async def approval(self, incident_id: str, artefact: str) -> Approval | None:
        """Return the newest approval of an artefact."""
        return await Papers(self._ledger).approval(incident_id, artefact)


class ReturnBook:
    """What is on record of notices that something came back about."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        return await self._ledger.ask(reads.round_, round_id)

    async def ladder(self, round_id: str) -> tuple[Channel, ...]:
        """Return the ladder of a round: a rung is a place in it."""
        counts = (await self.round(round_id)).counts
        return tuple(Channel(name) for name in counts.ladder) if counts else ()

    async def handed_over(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> Mapping[tuple[int, int], HandedOver]:
        """Return what is on record of obligations of a lane, by (seq, rung)."""
        return await self._ledger.ask(handed_over.handed_over, round_id, lane, seqs)

    async def covered(
        self, round_id: str, covering: Sequence[str]
    ) -> tuple[tuple[str, int, int, str], ...]:
        """Return (lane, seq, rung, `lane/seq` of the notice) of those whom some notices cover."""
        return await self._ledger.ask(handed_over.covered, round_id, covering)


class LaneBook:
    """What lanes and rounds came to so far, and what they pay for."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        return await self._ledger.ask(reads.round_, round_id)

    async def lane(self, round_id: str, lane: str, rung: int) -> LaneView:
        """Return what a lane came to on one rung, and whether it is held."""
        return await self._ledger.ask(lanes.lane, round_id, lane, rung)

    async def came_to(self, round_id: str) -> Mapping[str, int]:
        """Return how many notices of a round were accepted, refused, and came back (`failed`)."""
        return await self._ledger.ask(lanes.came_to, round_id)

    async def committed(self, round_id: str) -> Mapping[Channel, int]:
        """Return for how many notices a round pays by channel: taken, and in the queue."""
        return await self._ledger.ask(lanes.committed, round_id)

    async def unfinished(self, events: Sequence[str]) -> int:
        """Return how many of some batches are still to be sent, but for those of held lanes."""
        return await self._ledger.ask(lanes.unfinished, events)
