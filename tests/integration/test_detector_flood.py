"""A hundred thousand detector events on a real broker: the fifty hidden incidents come out."""

import asyncio
import gc
import logging
import resource
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from sqlalchemy import Connection, func, select
from tocsin.detectors.ocsf import read_ocsf
from tocsin.ledger import drafts as draft_reads
from tocsin.ledger import tables
from tocsin.runtimes.embedded import embedded
from tocsin.schemas.principal import Principal, Role
from tocsin.schemas.signing import public_key_text
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.emitter import signed_event
from tocsin.streams.topics import Topics, make_topics

from fakes.deployment import person, principals, settings, write_people
from fakes.detector_stream import planted, stream
from fakes.emitting import KEY
from fakes.kafka import kafka_of
from fakes.postgres import schema_of
from fakes.zygote import Zygote

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SEED, STEADY_PER_S, STEADY_S = 4, 1000, 15
MIB = 1 << 20


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    # what kafka-python logs holds its sockets
    logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)
    yield
    logging.getLogger("kafka").setLevel(logging.NOTSET)
    gc.collect()


def wire(events: int) -> Iterator[bytes]:
    """Yield the stream as a detector's own SDK signs it."""
    for arrival in stream(SEED, events=events):
        for detection in read_ocsf(arrival.body, detector="scanner"):
            yield signed_event(detection, signer="scanner", key=KEY)


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def standing(db: Connection) -> int:
    found: int = db.execute(select(func.count()).select_from(tables.detection)).scalar_one()
    return found


@dataclass
class Flood:
    """A worker that listens, what was sent to it, and how much memory it had."""

    ledger: Any
    producer: KafkaProducer
    topic: str
    messages: Iterator[bytes]
    pid: int = 0
    sent: set[bytes] = field(default_factory=set)
    memory: list[int] = field(default_factory=list)

    def send(self, count: int) -> None:
        for value in islice(self.messages, count):
            self.sent.add(value)
            self.producer.send(self.topic, value=value)
        self.producer.flush()

    async def lag(self) -> int:
        """Return how many of the events sent do not stand in the ledger yet."""
        taken = await self.ledger.ask(standing)
        if taken:
            self.memory.append(resident(self.pid))
        return len(self.sent) - int(taken)

    async def drained(self) -> float:
        """Wait until all stands in the ledger; return how long that took."""
        start = time.monotonic()
        while await self.lag():
            await asyncio.sleep(0.2)
        return time.monotonic() - start

    async def steady(self, seconds: int) -> list[int]:
        """Send so many events each second; return the lag at the end of each."""
        lags, start = [], time.monotonic()
        for second in range(1, seconds + 1):
            await asyncio.to_thread(self.send, STEADY_PER_S)
            await asyncio.sleep(max(start + second - time.monotonic(), 0))
            lags.append(await self.lag())
        return lags


@asynccontextmanager
async def flood(folder: Path, messages: Iterator[bytes], *, before: int) -> AsyncIterator[Flood]:
    """Send `before` events, then start the worker that takes them in."""
    write_people(folder / "people.db", [person(0)])
    sections: dict[str, Any] = {
        "ledger": {"url": schema_of(folder)},
        "kafka": kafka_of(folder),
        "policy": {"merge_window_minutes": 30},
        "worker": {"http": "127.0.0.1:0"},
    }
    cluster = BrokerSettings(**sections["kafka"])
    make_topics(cluster)
    chosen = settings(folder, 1, ledger=sections["ledger"])
    async with embedded(chosen, sending=False) as runtime, Zygote(streams=True) as zygote:
        raiser, _ = await principals(runtime)
        scanner = Principal(name="scanner", roles=frozenset({Role.DETECTOR}))
        await runtime.door.add_principal(raiser, scanner, key=public_key_text(KEY))
        with closing(KafkaProducer(**cluster.client(), acks="all", linger_ms=20)) as producer:
            f = Flood(runtime.ledger, producer, Topics(cluster.prefix).detections, messages)
            f.send(before)
            worker = await zygote.start(folder, 1, until_idle=False, **sections)
            f.pid = worker.pid
            yield f
        worker.signal(signal.SIGTERM)
        await worker.end


@pytest.mark.parametrize(
    ("events", "seconds"),
    [(4000, 0), pytest.param(100_000, STEADY_S, marks=pytest.mark.soak)],
)
def test_exactly_the_hidden_incidents_become_drafts(
    tmp_path: Path, events: int, seconds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before, truth = events - STEADY_PER_S * seconds, planted(SEED)

    async def main() -> str:
        async with flood(tmp_path, wire(events), before=before) as f:
            took = await f.drained()
            said = f"{before:,} events at {before / took:,.0f}/s, the worker's start included"
            if lags := await f.steady(seconds):
                middle = sorted(lags)[len(lags) // 2]
                said += f"; at {STEADY_PER_S}/s lag {middle} (most {max(lags)}) events"
            await f.drained()
            found = await f.ledger.ask(draft_reads.drafts)
            assert len(found) == len(truth) == 50
            assert Counter((d.draft.asset, d.draft.detections) for d in found) == Counter(
                (t.asset, len(t.events)) for t in truth
            )
            middle_of_run = len(f.memory) // 2
            first, second = max(f.memory[:middle_of_run]), max(f.memory[middle_of_run:])
            if seconds:
                assert second - first < 8 * MIB, [m // MIB for m in f.memory]
            peaks = f"{first // MIB} and {second // MIB} MiB"
            return f"{said}; resident at most {peaks} in the halves of the run"

    said = asyncio.run(main())
    with capsys.disabled():
        print(f"\n  flood: 50 drafts; {said}")
