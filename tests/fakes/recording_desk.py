"""A desk that remembers what it was given, and can be away, slow or short of a round."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tocsin.schemas.errors import Unavailable
from tocsin.schemas.evidence import Receipt
from tocsin.schemas.identifiers import ReturnCode

ROUND = "INC-7K2QX/r1"
KEY = b"a made-up round key"


def code_of(
    seq: int, *, lane: str = "example", key: bytes = KEY, round_id: str = ROUND
) -> ReturnCode:
    return ReturnCode.of(key, round_id, lane, seq, rung=0)


def forged(seq: int) -> ReturnCode:
    """Return a code with the shape of a genuine one, made with another key."""
    return code_of(seq, key=b"somebody else's key")


def _away() -> Unavailable:
    return Unavailable("the ledger cannot be reached")


@dataclass
class RecordingDesk:
    """Keeps each receipt once; `away` refuses, `open` holds every write up until it is set."""

    away: bool = False
    knows_nothing: bool = False
    """Whether not even codes can be checked now."""
    records: dict[Receipt, int] = field(default_factory=dict)
    """Receipt -> how often it was handed in."""
    writes: list[int] = field(default_factory=list)
    """How many receipts came with each write."""
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def knows(self, code: ReturnCode) -> bool:
        if self.knows_nothing:
            raise _away()
        return code.round == ROUND and code.is_genuine(KEY)

    async def take(self, receipts: Sequence[Receipt]) -> None:
        await self.open.wait()
        if self.away:
            raise _away()
        self.writes.append(len(receipts))
        for receipt in receipts:
            if await self.knows(receipt.code):
                self.records[receipt] = self.records.get(receipt, 0) + 1
