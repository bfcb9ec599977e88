"""Where everything that comes back is handed in, whatever way it came."""

from collections.abc import Sequence
from typing import Protocol

from tocsin.schemas.evidence import Receipt
from tocsin.schemas.identifiers import ReturnCode


class Desk(Protocol):
    """Takes receipts in; the ledger stands behind it."""

    async def knows(self, code: ReturnCode) -> bool:
        """Whether a code was made by the key of a round that is here: nobody can guess one."""
        ...

    async def take(self, receipts: Sequence[Receipt]) -> None:
        """Take receipts in; they are on record when this returns. A known one changes nothing.

        Receipts whose code is not known are left out. Raises Unavailable when they cannot be put on
        record now: whoever sent them is to keep them and come again.
        """
        ...
