"""Tells lifecycle events to others: CloudEvents on one topic, in the background.

Telling never holds up the work: what cannot be told while the brokers are away waits in a queue of
fixed length, and beyond it the oldest is given up and counted. Nothing depends on it being heard.
"""

import asyncio
import uuid
from collections import deque
from contextlib import suppress
from datetime import datetime

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from tocsin.schemas.cloud_events import CONTENT_TYPE, cloud_event, plain, to_wire
from tocsin.schemas.lifecycle import LIFECYCLE, WireData
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.topics import Topics

_log = structlog.get_logger("tocsin.teller")
_TYPE_OF = {model: name for name, model in LIFECYCLE.items()}
_LONGEST_QUEUE = 10_000
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 10.0
_FLUSH_S = 5.0
_HEADERS = [("content-type", CONTENT_TYPE.encode())]


class Teller:
    """Takes events at any time; `run` sends them."""

    def __init__(self, settings: BrokerSettings) -> None:
        """Name the cluster; nothing is connected yet."""
        self._settings = settings
        self._topic = Topics(settings.prefix).lifecycle
        self._source = f"/tocsin/{settings.prefix}"
        self._waiting: deque[tuple[bytes, bytes]] = deque()
        self._more = asyncio.Event()
        self.told = 0
        self.given_up = 0

    def tell(self, data: WireData, *, at: datetime) -> None:
        """Put an event into the queue; at once, and without ever raising or waiting."""
        event = cloud_event(
            _TYPE_OF[type(data)],
            data,
            event_id=uuid.uuid4().hex,
            source=self._source,
            time=at,
        )
        if len(self._waiting) >= _LONGEST_QUEUE:
            self._waiting.popleft()
            self.given_up += 1
        # any partition: whoever reads it rings, and the ledger knows the order
        self._waiting.append((event.id.encode(), to_wire(plain(event))))
        self._more.set()

    @property
    def waiting(self) -> int:
        """How many events wait to be sent."""
        return len(self._waiting)

    async def run(self) -> None:
        """Send until cancelled; connect again for as long as it takes."""
        pause = _FIRST_PAUSE_S
        while True:
            producer = AIOKafkaProducer(
                **self._settings.client(), acks="all", enable_idempotence=True, linger_ms=2
            )
            try:
                await producer.start()
                pause = _FIRST_PAUSE_S
                await self._send_all(producer)
            except (KafkaError, OSError) as error:
                _log.warning("brokers away", error=type(error).__name__, again_in_s=pause)
            finally:
                with suppress(KafkaError, OSError, TimeoutError):
                    async with asyncio.timeout(_FLUSH_S):
                        await producer.stop()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _send_all(self, producer: AIOKafkaProducer) -> None:
        while True:
            self._more.clear()
            while self._waiting:
                key, value = self._waiting[0]
                sent = await producer.send(self._topic, value=value, key=key, headers=_HEADERS)
                sent.add_done_callback(self._count)
                self._waiting.popleft()
            await self._more.wait()

    def _count(self, sent: "asyncio.Future[object]") -> None:
        if sent.cancelled() or sent.exception() is not None:
            self.given_up += 1
        else:
            self.told += 1
