"""The desk at which everything that comes back is handed in: checked by its code, then an event."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.ledger import Ledger
from tocsin.runtimes.clock import Clock
from tocsin.schemas.audience import TEST_LANE
from tocsin.schemas.canonical import canonical, sha256_hex
from tocsin.schemas.errors import NotFound, Unavailable
from tocsin.schemas.event import Event, EvidenceHeard
from tocsin.schemas.evidence import Receipt
from tocsin.schemas.identifiers import ReturnCode, root_id

_AT_ONCE = 500
"""Receipts of one event: what one Commit of its handler puts on record."""


class ReturnsDesk:
    """Takes receipts in for the ledger; see `tocsin.returns.desk.Desk`."""

    def __init__(self, ledger: Ledger, keys: KeyRing, *, clock: Clock) -> None:
        """Name the ledger and the keys by which codes are checked."""
        self._ledger = ledger
        self._keys = keys
        self._clock = clock

    async def knows(self, code: ReturnCode) -> bool:
        """Whether a code was made by the key of a round that is here: nobody can guess one."""
        try:
            return code.is_genuine(self._keys.of(code.round))
        except NotFound:
            return False

    async def take(self, receipts: Sequence[Receipt]) -> None:
        """Take receipts in; they are on record when this returns.

        Those of a test are of nobody's notice, and nothing is kept of them.
        Raises Unavailable when the ledger cannot be written now.
        """
        rounds: defaultdict[str, dict[tuple[object, ...], Receipt]] = defaultdict(dict)
        for receipt in receipts:
            if receipt.code.lane != TEST_LANE and await self.knows(receipt.code):
                rounds[receipt.code.round][receipt[:2]] = receipt
        for round_id, found in rounds.items():
            genuine = list(found.values())
            for start in range(0, len(genuine), _AT_ONCE):
                await self._submit(round_id, genuine[start : start + _AT_ONCE])

    async def _submit(self, round_id: str, receipts: Sequence[Receipt]) -> None:
        heard = tuple(
            (r.code.lane, r.code.seq, r.code.rung, r.heard, r.reason, r.source) for r in receipts
        )
        event = Event(
            id=root_id("evidence.heard", f"{round_id}/{sha256_hex(canonical(sorted(heard)))}"),
            incident=round_id.partition("/")[0],
            round=round_id,
            payload=EvidenceHeard(round=round_id, heard=heard),
            weight=len(heard),
        )
        try:
            await self._ledger.submit(event, now=self._clock.now())
        except DBAPIError as error:
            message = f"the ledger cannot be written ({type(error).__name__})"
            raise Unavailable(message, field="ledger", fix="it is tried again") from None
