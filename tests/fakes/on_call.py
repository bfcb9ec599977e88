"""A deployment whose duty officers are rung at a receiver and a relay of the test's process."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.ledger import reads
from tocsin.runtimes.watched_clocks import Clocks, watched_clocks
from tocsin.schemas.commit import FactKind

from fakes.alarm_receiver import AlarmReceiver, secret_in
from fakes.deployment import Deployment, deployment, person
from fakes.zygote import Worker

PATIENCE_S = 30.0
MAIL = "on-call@example.org"


@dataclass
class OnCall:
    """A deployment whose duty officers are rung at a receiver and a relay of this process."""

    d: Deployment
    receiver: AlarmReceiver
    sections: dict[str, Any]

    async def facts(self, name: str, kind: FactKind) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await self.d.runtime.ledger.ask(reads.facts, name, kind)
        return found

    def mailed(self) -> Counter[str]:
        """Return how often each alarm came to the mailbox, by Message-ID."""
        return Counter(r.message_id for r in self.d.relay.received if r.address == MAIL)

    async def until(self, reached: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not reached():
                await asyncio.sleep(0.02)

    async def clocks(self) -> Clocks:
        return await watched_clocks(self.d.runtime)


@asynccontextmanager
async def on_call(
    folder: Path, *, plan: Mapping[str, Any] | None = None, lease_s: float = 2, **more: Any
) -> AsyncIterator[OnCall]:
    async with AlarmReceiver(plan=plan or {}) as receiver:
        olga = {
            "name": "olga",
            "webhook": f"{receiver.url}/alarms",
            "secret_file": secret_in(folder),
        }
        sections: dict[str, Any] = {"duty_officers": [olga | {"email": MAIL}]}
        sections["delivery"] = {"lease_s": lease_s}
        sections |= {
            name: value(receiver) if callable(value) else value for name, value in more.items()
        }
        async with deployment(folder, [person(n) for n in range(6)], **sections) as d:
            yield OnCall(d, receiver, sections)


async def ended(workers: list[Worker]) -> None:
    for worker in workers:
        worker.signal(signal.SIGTERM)
    await asyncio.gather(*(worker.end for worker in workers))
