"""The distributed runtime: the embedded one on PostgreSQL, with Kafka as its bell and its ear.

The ledger is the truth (ADR 0001): slots claim from it, and go on while the brokers are away. Faust
runs what streams are for: it rings the bells, keeps live figures, takes detections in. Nothing that
an agent is given may raise there, and nothing is acknowledged before it stands in the ledger: Faust
0.15.3 acknowledges a message when its handler raises, or is cancelled.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faust
from tocsin.runtimes.clock import Clock, WallClock
from tocsin.runtimes.embedded import Runtime, embedded
from tocsin.runtimes.hearing import Lifecycle
from tocsin.runtimes.listening import Heard, Listening
from tocsin.runtimes.log import structlog
from tocsin.runtimes.settings import Settings, broker_of
from tocsin.runtimes.slots import Bell
from tocsin.runtimes.step import Tap, quiet
from tocsin.runtimes.tallies import Tallies
from tocsin.runtimes.telling import Telling
from tocsin.schemas.commit import Commit
from tocsin.schemas.errors import TocsinError
from tocsin.schemas.event import Claimed
from tocsin.streams.broker import BrokerSettings, Security
from tocsin.streams.letters import DeadLetterBox
from tocsin.streams.teller import Teller
from tocsin.streams.topics import Topics, make_topics

_log = structlog.get_logger("tocsin.streams")
_BATCH, _WITHIN_S = 500, 0.05
_LOOK_S = 0.5
_LOOKS_PER_ASKING = 10
_STOP_S = 10.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 15.0


@dataclass(frozen=True, slots=True)
class Ears:
    """What is done with what comes in. Neither may raise."""

    lifecycle: Callable[[bytes], None]
    detections: Callable[[Sequence[Heard]], Awaitable[None]]
    """Returns once all of it stands in the ledger, or as a dead letter."""


def make_app(settings: Settings, ears: Ears) -> faust.App:
    """Return the Faust application of a deployment's workers; nothing is connected yet."""
    kafka = broker_of(settings)
    topics = Topics(kafka.prefix)
    app = faust.App(
        f"{kafka.prefix}-workers",
        broker=[f"kafka://{place}" for place in kafka.brokers],
        broker_credentials=_credentials(kafka),
        broker_session_timeout=settings.worker.session_s,
        broker_heartbeat_interval=settings.worker.session_s / 3,
        broker_rebalance_timeout=max(30.0, settings.worker.session_s),
        broker_commit_interval=1.0,
        datadir=Path(tempfile.gettempdir()) / f"{kafka.prefix}-faust",
        key_serializer="raw",
        value_serializer="raw",
        stream_wait_empty=True,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=kafka.partitions,
        topic_replication_factor=kafka.replication,
        web_enabled=False,
    )

    @app.agent(app.topic(topics.lifecycle, value_type=bytes), name="lifecycle")
    async def hear_lifecycle(stream: Any) -> None:
        async for value in stream:
            ears.lifecycle(value)

    @app.agent(app.topic(topics.detections, value_type=bytes), name="detections")
    async def hear_detections(stream: Any) -> None:
        # never `take`: it acknowledges what it handed out even when the agent is cancelled
        async for events in stream.noack_take(_BATCH, within=_WITHIN_S):
            heard = [
                Heard(e.message.partition, e.message.offset, e.message.value or b"") for e in events
            ]
            await ears.detections(heard)
            for event in events:
                await stream.ack(event)

    return app


def _credentials(kafka: BrokerSettings) -> Any:
    tls = kafka.tls()
    if kafka.security in {Security.SASL_PLAINTEXT, Security.SASL_SSL}:
        return faust.SASLCredentials(
            username=kafka.username,
            password=kafka.password(),
            mechanism=kafka.mechanism.value,
            ssl_context=tls,
        )
    return None if tls is None else faust.SSLCredentials(tls)


@dataclass(slots=True)
class Streams:
    """Keeps the Faust application running: a new one in place of one that failed."""

    settings: Settings
    ears: Ears
    up: bool = False
    starts: int = 0
    left_running: bool = False
    """Whether an application could not be stopped: only the end of the process ends it."""

    async def run(self) -> None:
        """Hear until cancelled, however long the brokers are away."""
        pause = _FIRST_PAUSE_S
        while True:
            try:
                await asyncio.to_thread(make_topics, broker_of(self.settings), patience_s=5)
                await self._hear()
                pause = _FIRST_PAUSE_S
            except TocsinError as error:
                _log.warning("no streams", error=str(error), again_in_s=pause)
            except Exception as error:  # noqa: BLE001  # Faust's own troubles end its app, not us
                _log.warning("streams failed", error=type(error).__name__, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _hear(self) -> None:
        app = make_app(self.settings, self.ears)
        try:
            await app.start()
            self.starts += 1
            self.up = True
            looked, kafka = 0, broker_of(self.settings)
            while not (app.should_stop or app.crashed):
                await asyncio.sleep(_LOOK_S)
                looked = (looked + 1) % _LOOKS_PER_ASKING
                if looked == 0:  # Faust goes on without brokers, and does not say so
                    self.up = await kafka.answers()
            _log.warning("streams ended", error=type(app.crash_reason).__name__)
        finally:
            self.up = False
            await self._stop(app)

    async def _stop(self, app: faust.App) -> None:
        """Stop an application; one that waits for brokers or the ledger is left behind."""
        stopping = asyncio.ensure_future(app.stop())
        with suppress(Exception):
            await asyncio.wait({stopping}, timeout=_STOP_S)
        if not stopping.done():
            self.left_running = True
            _log.warning("streams did not stop", after_s=_STOP_S)


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that is open: its runtime, what it hears, and what it tells."""

    runtime: Runtime
    streams: Streams
    teller: Teller
    lifecycle: Lifecycle
    listening: Listening
    tallies: Tallies
    _telling: Telling

    async def work(self, *, until_idle: bool = False) -> None:
        """Work until stopped, or until nothing but timers is left."""
        beside = [
            asyncio.create_task(work)
            for work in (
                self.streams.run(),
                self.teller.run(),
                self._telling.run(self.runtime.ledger),
                self.listening.forget(),
            )
        ]
        try:
            await self.runtime.work(until_idle=until_idle)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)


@asynccontextmanager
async def distributed(
    settings: Settings, *, clock: Clock | None = None, tap: Tap = quiet
) -> AsyncIterator[Worker]:
    """Open a worker of the distributed runtime; nothing is heard before it works."""
    kafka, clock, bell = broker_of(settings), clock or WallClock(), Bell()
    teller = Teller(kafka)
    telling = Telling(teller, clock=clock)
    lifecycle, tallies = Lifecycle(bell=bell, clock=clock), Tallies()

    def taps(moment: str, claimed: Claimed, commit: Commit | None) -> None:
        for each in (tap, tallies.tap, telling.tap):
            each(moment, claimed, commit)

    async with AsyncExitStack() as stack:
        opened = embedded(settings, clock=clock, tap=taps, bell=bell)
        runtime = await stack.enter_async_context(opened)
        listening = Listening(runtime, DeadLetterBox(kafka))
        ears = Ears(lifecycle=lifecycle.hear, detections=listening.hear)
        streams = Streams(settings, ears)
        yield Worker(runtime, streams, teller, lifecycle, listening, tallies, telling)
