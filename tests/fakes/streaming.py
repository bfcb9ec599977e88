"""A distributed worker in this process, on a real broker and a real database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.ledger import drafts as reads
from tocsin.runtimes.distributed import Worker, distributed
from tocsin.runtimes.settings import Settings, broker_of
from tocsin.schemas.detection import DraftView
from tocsin.schemas.principal import Principal, Role
from tocsin.schemas.signing import public_key_text
from tocsin.streams.broker import BrokerSettings

from fakes.deployment import principals, settings
from fakes.emitting import KEY
from fakes.kafka import kafka_of
from fakes.postgres import schema_of


def run(main: Coroutine[Any, Any, None], *, seconds: float = 60) -> None:
    """Run a test to its end, and never longer than it should take."""

    async def bounded() -> None:
        async with asyncio.timeout(seconds):
            await main

    asyncio.run(bounded())


async def until(holds: Callable[[], Any], *, seconds: float = 30) -> None:
    """Wait until something holds; plain or awaitable."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.02)


@dataclass
class Streaming:
    """A worker that works, its settings, and who may add others."""

    worker: Worker
    settings: Settings
    raiser: str
    approver: str

    @property
    def kafka(self) -> BrokerSettings:
        return broker_of(self.settings)

    @property
    def counts(self) -> Any:
        return self.worker.listening.counts

    async def register(self, name: str = "scanner", key: Any = KEY) -> None:
        detector = Principal(name=name, roles=frozenset({Role.DETECTOR}))
        door = self.worker.runtime.door
        await door.add_principal(self.raiser, detector, key=public_key_text(key))
        self.worker.listening._keys_until = 0

    async def drafts(self) -> tuple[DraftView, ...]:
        found: tuple[DraftView, ...] = await self.worker.runtime.ledger.ask(reads.drafts)
        return found


@asynccontextmanager
async def streaming(folder: Path, *, port: int = 1, **sections: Any) -> AsyncIterator[Streaming]:
    """Open a worker and let it work; it is heard once its streams are up."""
    given = {"ledger": {"url": schema_of(folder)}, "kafka": kafka_of(folder)} | sections
    chosen = settings(folder, port, **given)
    async with distributed(chosen) as worker:
        raiser, approver = await principals(worker.runtime)
        working = asyncio.create_task(worker.work())
        try:
            await until(lambda: worker.streams.up)
            yield Streaming(worker, chosen, raiser, approver)
        finally:
            worker.runtime.slots.stop()
            await working
