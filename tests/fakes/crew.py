"""A crew: worker processes on one deployment, on either runtime, and who raises and approves."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection
from tocsin.ledger import reads
from tocsin.runtimes.embedded import Runtime, embedded
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.principal import CommandType

from fakes import kafka, postgres
from fakes.deployment import principals, settings
from fakes.zygote import Worker, Zygote

_TIMERS = frozenset(
    {
        *("clock.due", "told.due", "alarm.due", "relook.due"),
        *("announcement.watch", "announcement.end"),
    }
)
"""What may still wait when nothing is left to do."""
Kind = Literal["embedded", "distributed"]


@dataclass
class Crew:
    """Workers, and the deployment that they work on; its door is opened without streams."""

    folder: Path
    runtime: Runtime
    port: int
    sections: dict[str, Any]
    zygote: Zygote
    raiser: str
    approver: str
    workers: list[Worker] = field(default_factory=list)

    async def join(self, **fields: Any) -> Worker:
        worker = await self.zygote.start(
            self.folder, self.port, until_idle=False, **fields, **self.sections
        )
        self.workers.append(worker)
        return worker

    def cpu_s(self) -> float:
        return sum(worker.cpu_s() for worker in self.workers)

    async def raised(self, file: IncidentFile) -> str:
        """Raise an incident, and wait until it waits for approvals."""
        name = await self.runtime.door.raise_incident(self.raiser, file, drill=False)
        await self.rested(name)
        return name

    async def approve(self, name: str) -> None:
        for artefact in await self.runtime.ledger.ask(reads.artefacts, name):
            if artefact.state is ArtefactState.SUBMITTED and artefact.name.startswith("notice"):
                await self.runtime.door.act(
                    self.approver, CommandType.APPROVE, name, target=artefact.name
                )

    async def coverage(self, name: str) -> Coverage:
        return await self.runtime.ledger.ask(reads.coverage, f"{name}/r1")

    async def rested(self, name: str, *, look_s: float = 0.1) -> None:
        """Wait until nothing of an incident but its timers is left."""

        def busy(db: Connection) -> bool:
            waiting = reads.waiting_events(db)
            return any(i == name and kind not in _TIMERS for i, kind, _, _ in waiting)

        while await self.runtime.ledger.ask(busy):
            await asyncio.sleep(look_s)


@asynccontextmanager
async def crew(
    folder: Path, kind: Kind, *, port: int, workers: int, **sections: Any
) -> AsyncIterator[Crew]:
    """Open a deployment in `folder`, whose directory stands there, with a crew of workers."""
    async with AsyncExitStack() as stack:
        given, streams = dict(sections), {}
        if kind == "distributed":
            database = stack.enter_context(postgres.Server())
            broker = stack.enter_context(kafka.Broker())
            given["ledger"] = {"url": database.url}
            streams = {"kafka": kafka.kafka_of(folder, address=broker.address)}
        opened = embedded(settings(folder, port, **given), sending=False)
        runtime = await stack.enter_async_context(opened)
        zygote = await stack.enter_async_context(Zygote(streams=bool(streams)))
        tokens = await principals(runtime)
        made = Crew(folder, runtime, port, given | streams, zygote, *tokens)
        for _ in range(workers):
            await made.join()
        await asyncio.sleep(2 if streams else 0.2)  # the streams are joined
        try:
            yield made
        finally:
            for worker in made.workers:
                worker.signal(signal.SIGTERM)
            await asyncio.gather(*(worker.end for worker in made.workers))
