"""Brings back what became of texts and letters, as providers and a print house do."""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tocsin.demo.providers import Providers
from tocsin.demo.twilio_callbacks import TwilioCallbacks
from tocsin.runtimes.embedded import Runtime
from tocsin.schemas.identifiers import ReturnCode

_LOOK_S = 0.02
_SWITCHED_OFF = 30005
"""Twilio: the telephone is not known, or off for good."""


class Postman:
    """Tells of every text what became of it, soon after it was taken over."""

    def __init__(self, providers: Providers) -> None:
        """Begin with nothing told."""
        self._providers = providers
        self._callbacks = TwilioCallbacks(providers.texts)
        self.told = 0
        """Texts of which it was said what became of them."""

    async def all_told(self) -> None:
        """Wait until nothing is left to tell."""
        while self.told < len(self._providers.texts.messages):  # noqa: ASYNC110  # a fake's own list
            await asyncio.sleep(_LOOK_S)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Tell as long as the block lasts."""
        task = asyncio.create_task(self._run(), name="postman")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            for message in self._providers.texts.messages[self.told :]:
                await self._tell(message)
                self.told += 1
            await asyncio.sleep(_LOOK_S)

    async def _tell(self, message: Mapping[str, Any]) -> None:
        dead = self._providers.plan.phones.get(message["to"]) == "dead"
        if dead:
            await self._callbacks.text(message["sid"], "undelivered", error_code=_SWITCHED_OFF)
        else:
            await self._callbacks.text(message["sid"], "delivered")


def printed(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (incident, return code) of every letter in a folder that is marked for printing."""
    for mark in sorted(folder.rglob("READY")):
        with (mark.parent / "manifest.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                code = ReturnCode.read(row["return_code"])
                if code is not None:
                    yield code.round.partition("/")[0], row["return_code"]


async def write_results(runtime: Runtime, folder: Path, post: Mapping[str, str], to: Path) -> int:
    """Write what a print house would say of the letters; return how many came back.

    Like the post, it knows whose letter is whose: by the roster, while the rounds are open.
    """
    today = runtime.step.clock.now().date().isoformat()
    rosters, returned = runtime.ledger.rosters, 0
    with to.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("code", "result", "date"))
        for _, text in printed(folder):
            code = ReturnCode.read(text)
            assert code is not None  # noqa: S101  # `printed` reads it
            place = code.round, code.lane, [code.seq]
            keys = await runtime.ledger.run(partial(rosters.keys, *place))
            fate = post.get(keys[code.seq], "posted")
            returned += fate == "returned"
            table.writerow((text, fate, today))
    return returned
