"""Receipts of many sessions put on record together: one write for all that wait (group commit)."""

import asyncio
from collections.abc import Sequence
from typing import Never

from tocsin.returns.desk import Desk
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.evidence import Receipt
from tocsin.schemas.identifiers import ReturnCode

_AT_ONCE = 1000
"""Receipts after which no further session joins the same write."""


class SharedTake:
    """A desk before the desk: while one write is under way the next one gathers.

    `run` has to be running. A session that is cut off while it waits takes nothing from the others,
    and its own receipts are put on record all the same.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: list[tuple[Sequence[Receipt], asyncio.Future[None]]] = []
        self._bell = asyncio.Event()

    async def knows(self, code: ReturnCode) -> bool:
        """Whether the desk knows a code."""
        return await self._desk.knows(code)

    async def take(self, receipts: Sequence[Receipt]) -> None:
        """Return when these receipts are on record.

        Raises:
            Unavailable: they cannot be put on record now.
        """
        on_record = asyncio.get_running_loop().create_future()
        self._waiting.append((receipts, on_record))
        self._bell.set()
        await on_record

    async def run(self) -> Never:
        """Write what waits, until cancelled; whoever still waits then is told Unavailable."""
        try:
            while True:
                await self._bell.wait()
                await self._write(self._next())
                if not self._waiting:
                    self._bell.clear()
        finally:
            _settle([on_record for _, on_record in self._waiting], _stopped())

    def _next(self) -> list[tuple[Sequence[Receipt], asyncio.Future[None]]]:
        count = total = 0
        for receipts, _ in self._waiting:
            count, total = count + 1, total + len(receipts)
            if total >= _AT_ONCE:
                break
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _write(self, group: list[tuple[Sequence[Receipt], asyncio.Future[None]]]) -> None:
        waiting = [on_record for _, on_record in group]
        failure: Unavailable | None = _stopped()  # unless the desk says something else
        try:
            await self._desk.take([receipt for receipts, _ in group for receipt in receipts])
            failure = None
        except Unavailable as refused:
            failure = refused
        finally:
            _settle(waiting, failure)


def _stopped() -> Unavailable:
    return Unavailable("the receiver has stopped", fix="send it again later")


def _settle(waiting: Sequence[asyncio.Future[None]], failure: Unavailable | None) -> None:
    for on_record in waiting:
        if on_record.done():  # its session is gone
            continue
        if failure is None:
            on_record.set_result(None)
        else:
            on_record.set_exception(failure)
