"""Detections are taken in once each, whatever dies: workers, brokers, the ledger's database."""

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from tocsin.ledger import drafts as draft_reads
from tocsin.ledger import tables
from tocsin.ledger.verify import verify
from tocsin.runtimes.embedded import embedded
from tocsin.schemas.principal import Principal, Role
from tocsin.schemas.signing import public_key_text
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.emitter import Emitter
from tocsin.streams.topics import make_topics

from fakes import kafka, postgres
from fakes.deployment import person, principals, settings, write_people
from fakes.emitting import KEY, NOON, detection
from fakes.zygote import Worker, Zygote

# kafka-python leaves sockets to the garbage collector
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SESSION_S, LEASE_S = 6, 2
RECOVERY_S = SESSION_S + LEASE_S + 5
STORES, PER_STORE_MINUTES = 10, 5


def finding(n: int) -> Any:
    """Return the n-th event: ten stores in turn, five minutes apart, so ten drafts in all."""
    minutes = n // STORES * PER_STORE_MINUTES
    at = NOON + timedelta(minutes=minutes)
    return detection(n, asset=f"store-{n % STORES}", observed_at=at)


@dataclass
class Scene:
    """Workers that listen, a detector that emits, and what may be broken."""

    zygote: Zygote
    folder: Path
    sections: dict[str, Any]
    ledger: Any
    emitter: Emitter
    broker: kafka.Broker
    database: postgres.Server
    workers: list[Worker] = field(default_factory=list)
    emitted: int = 0
    recoveries: dict[str, float] = field(default_factory=dict)

    async def join(self) -> None:
        worker = await self.zygote.start(self.folder, 1, until_idle=False, **self.sections)
        self.workers.append(worker)

    def emit(self, count: int) -> set[str]:
        first, self.emitted = self.emitted, self.emitted + count
        for n in range(first, self.emitted):
            self.emitter.emit(finding(n))
        return {f"e-{n}" for n in range(first, self.emitted)}

    async def standing(self) -> set[str]:
        def look(db: Connection) -> set[str]:
            return set(db.execute(select(tables.detection.c.event_id)).scalars())

        found: set[str] = await self.ledger.ask(look)
        return found

    async def arrived(self, what: str, since: float, wanted: set[str]) -> None:
        """Wait until events stand in the ledger; note how long after `since` that was."""
        while not wanted <= await self.standing():
            assert time.monotonic() - since < 4 * RECOVERY_S, f"{what}: events are missing"
            await asyncio.sleep(0.05)
        took = time.monotonic() - since
        self.recoveries[what] = max(took, self.recoveries.get(what, 0))


async def worker_killed(s: Scene, amid: int) -> None:
    victim = s.workers.pop(0)
    s.emit(amid)
    victim.signal(signal.SIGKILL)
    at = time.monotonic()
    assert await victim.ended()
    await s.join()
    await s.arrived("kill -9", at, s.emit(amid))


async def worker_terminated(s: Scene, amid: int) -> None:
    victim = s.workers.pop(0)
    s.emit(amid)
    victim.signal(signal.SIGTERM)
    at = time.monotonic()
    assert not await victim.ended()
    await s.join()
    await s.arrived("SIGTERM", at, s.emit(amid))


async def broker_killed(s: Scene, amid: int) -> None:
    s.emit(amid)
    await asyncio.to_thread(s.broker.kill)
    wanted = s.emit(amid)
    await asyncio.sleep(1)
    await asyncio.to_thread(s.broker.start)
    await s.arrived("broker kill -9", time.monotonic(), wanted)


async def database_restarted(s: Scene, amid: int) -> None:
    s.emit(amid)
    await asyncio.to_thread(s.database.stop, "immediate")
    wanted = s.emit(amid)
    await asyncio.sleep(1)
    await asyncio.to_thread(s.database.start)
    await s.arrived("PostgreSQL restart", time.monotonic(), wanted)


Act = Callable[[Scene, int], Coroutine[Any, Any, None]]
ALL: tuple[Act, ...] = (
    worker_killed,
    broker_killed,
    worker_terminated,
    database_restarted,
    worker_killed,
)


@pytest.fixture
def servers() -> Iterator[tuple[kafka.Broker, postgres.Server]]:
    """A broker and a database that a test may crash."""
    kafka.need_programs()
    postgres.need_programs()
    # what kafka-python logs holds its errors, and with them the sockets of refused connections
    logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)
    with kafka.Broker() as broker, postgres.Server() as database:
        yield broker, database
    logging.getLogger("kafka").setLevel(logging.NOTSET)
    gc.collect()


@pytest.mark.parametrize(
    ("acts", "amid"),
    [
        pytest.param((worker_killed, broker_killed), 150, id="short"),
        pytest.param(ALL, 1000, id="long", marks=pytest.mark.soak),
    ],
)
def test_every_detection_is_taken_in_once_whatever_dies(
    tmp_path: Path,
    servers: tuple[kafka.Broker, postgres.Server],
    acts: tuple[Act, ...],
    amid: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    broker, database = servers
    write_people(tmp_path / "people.db", [person(0)])
    sections: dict[str, Any] = {
        "ledger": {"url": database.url},
        "kafka": kafka.kafka_of(tmp_path, address=broker.address),
        "worker": {"session_s": SESSION_S, "http": "127.0.0.1:0"},
        "delivery": {"lease_s": LEASE_S},
    }
    cluster = BrokerSettings(**sections["kafka"])
    make_topics(cluster)

    async def main() -> Scene:
        chosen = settings(tmp_path, 1, ledger=sections["ledger"])
        async with embedded(chosen, sending=False) as runtime, Zygote(streams=True) as zygote:
            raiser, _ = await principals(runtime)
            scanner = Principal(name="scanner", roles=frozenset({Role.DETECTOR}))
            await runtime.door.add_principal(raiser, scanner, key=public_key_text(KEY))
            spool = tmp_path / "spool"
            with Emitter(kafka=cluster, signer="scanner", key=KEY, spool=spool) as emitter:
                s = Scene(zygote, tmp_path, sections, runtime.ledger, emitter, broker, database)
                for _ in range(2):
                    await s.join()
                await s.arrived("start", time.monotonic(), s.emit(STORES))
                for act in acts:
                    await act(s, amid)
                everything = {f"e-{n}" for n in range(s.emitted)}
                await s.arrived("the end", time.monotonic(), everything)
                found = await runtime.ledger.ask(draft_reads.drafts)
                per_store = s.emitted // STORES
                assert sorted((d.draft.asset, d.draft.detections) for d in found) == sorted(
                    (f"store-{n}", per_store) for n in range(STORES)
                )
                assert await s.standing() == everything
                proof = await runtime.ledger.ask(verify, runtime.ledger.keys)
                assert proof.problems == ()
                for worker in s.workers:
                    worker.signal(signal.SIGTERM)
                await asyncio.gather(*(worker.end for worker in s.workers))
        return s

    s = asyncio.run(main())
    took = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in s.recoveries.items())
    with capsys.disabled():
        print(f"\n  intake, {s.emitted:,} detections: lost 0, {STORES} drafts; until in: {took}")
    measured = {k: v for k, v in s.recoveries.items() if k not in {"start", "the end"}}
    assert max(measured.values()) <= RECOVERY_S
