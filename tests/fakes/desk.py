"""A desk that keeps what is handed in: each thing once, and only of codes that it knows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tocsin.schemas.errors import Unavailable
from tocsin.schemas.evidence import Receipt
from tocsin.schemas.identifiers import ReturnCode


@dataclass
class RecordingDesk:
    """A desk over one round's key, as a ledger would be; `closed_for`: how many times it cannot."""

    round_key: bytes
    closed_for: int = 0
    on_record: list[Receipt] = field(default_factory=list)
    handed_in: int = 0

    async def knows(self, code: ReturnCode) -> bool:
        return code.is_genuine(self.round_key)

    async def take(self, receipts: Sequence[Receipt]) -> None:
        if self.closed_for > 0:
            self.closed_for -= 1
            message = "the ledger cannot be reached"
            raise Unavailable(message)
        for each in receipts:
            self.handed_in += 1
            if await self.knows(each.code) and each not in self.on_record:
                self.on_record.append(each)
