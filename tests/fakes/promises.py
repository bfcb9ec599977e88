"""What a test of the promises asks of a deployment: who was told, what stands open, what alarms."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager, closing
from pathlib import Path
from typing import Any

from tocsin.demo.relay import RelayServer
from tocsin.directories.choosing import Directory
from tocsin.ledger import reads
from tocsin.ledger.verify import verify
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import FactKind
from tocsin.schemas.views import RoundView

from fakes.deployment import Deployment


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a test to its end, and never longer than it should take."""

    async def bounded() -> None:
        async with asyncio.timeout(40):
            await main

    asyncio.run(bounded())


async def until(holds: Callable[[], Any], *, seconds: float = 15) -> None:
    """Wait until something holds, asked every few milliseconds; plain or awaitable."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.005)


@asynccontextmanager
async def working(d: Deployment) -> AsyncIterator[asyncio.Task[None]]:
    """Work in the background while the block acts; then until nothing is left."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(d.runtime.work(until_idle=False))
        try:
            yield task
        finally:
            d.runtime.slots.stop()
    await d.settle()


def read_people_by(d: Deployment, directory: Any) -> None:
    """Let resolution read people by another directory than the deployment's own."""
    ports: Any = d.runtime.step.ports
    ports["people"] = directory


def told(relay: RelayServer) -> Counter[str]:
    """Return how often the relay took responsibility for a notice to each address."""
    return Counter(received.address for received in relay.received if received.accepted)


def contents(relay: RelayServer) -> dict[str, set[str]]:
    """Return the hashes of what was received under each Message-ID."""
    found: dict[str, set[str]] = {}
    for received in relay.received:
        found.setdefault(received.message_id, set()).add(received.sha256)
    return found


def written(folder: Path) -> list[bytes]:
    """Return the content of every file in a folder, but for the directory's own database."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "people.db"]
    return [path.read_bytes() for path in files]


async def newest(d: Deployment, name: str) -> RoundView:
    rounds: tuple[RoundView, ...] = await d.runtime.ledger.ask(reads.rounds, name)
    return rounds[-1]


async def alarms(d: Deployment, name: str, kind: str = "") -> list[str]:
    """Return the names of the alarms that stand, of one kind (`void:`, `dead:`) or of all."""
    found = await d.runtime.ledger.ask(reads.alarms, name)
    return [alarm.name for alarm in found if alarm.name.startswith(kind)]


async def states(d: Deployment, name: str) -> dict[str, ArtefactState]:
    return {a.name: a.state for a in await d.runtime.ledger.ask(reads.artefacts, name)}


async def facts(d: Deployment, name: str, kind: FactKind) -> dict[str, Any]:
    found: dict[str, Any] = await d.runtime.ledger.ask(reads.facts, name, kind)
    return found


async def problems(d: Deployment) -> tuple[str, ...]:
    """Return what verifying the ledger finds wrong."""
    proof = await d.runtime.ledger.ask(verify, d.runtime.ledger.keys)
    return proof.problems


def exchange_roster_keys(d: Deployment, round_id: str) -> None:
    """Let the first two obligations of a round's lane name each other's person; twice undoes it."""
    path = d.folder / "rosters" / f"{round_id.replace('/', '.')}.roster"
    with closing(sqlite3.connect(path)) as db, db:
        query = "SELECT key FROM roster WHERE lane = 'other' AND seq < 2 ORDER BY seq"
        (first,), (second,) = db.execute(query).fetchall()
        change = "UPDATE roster SET key = ? WHERE lane = 'other' AND seq = ?"
        db.executemany(change, [(second, 0), (first, 1)])


class Waits:
    """A directory that answers only once a gate opens."""

    def __init__(self, directory: Directory, gate: asyncio.Event) -> None:
        self._directory = directory
        self._gate = gate
        self.count = directory.count

    async def snapshot(self, *scope: Any, **where: Any) -> AsyncIterator[Any]:
        await self._gate.wait()
        async with aclosing(self._directory.snapshot(*scope, **where)) as pages:
            async for page in pages:
                yield page
