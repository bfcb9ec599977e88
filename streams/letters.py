"""Dead letters: messages that could not be taken in, by where they stand and why.

A dead letter holds no content: what could not be read may hold anything. It names partition, offset
and digest; the message itself stays in the detectors' topic for as long as that is kept. Replaying
reads it there and sends it again as it was. The topic is compacted: under a letter's key stands the
newest word, nothing once it was replayed.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import AwareDatetime, Field, ValidationError
from tocsin.schemas.errors import Conflict, NotFound, TocsinError, Unavailable
from tocsin.schemas.record import Record
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.topics import Topics

_POLL_MS = 500


class DeadLetter(Record):
    """A message that could not be taken in."""

    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the message's content, which is not here."""
    field: str = ""
    reason: str
    """What was wrong; never a value."""
    fix: str = ""
    at: AwareDatetime

    @property
    def id(self) -> str:
        """`partition/offset` in the detectors' topic."""
        return f"{self.partition}/{self.offset}"


def dead_letter(
    error: TocsinError, value: bytes, *, partition: int, offset: int, at: datetime
) -> DeadLetter:
    """Return the letter of a message that was refused."""
    return DeadLetter(
        partition=partition,
        offset=offset,
        sha256=hashlib.sha256(value).hexdigest(),
        field=error.field or "",
        reason=error.message,
        fix=error.fix or "",
        at=at,
    )


class DeadLetterBox:
    """The topic of dead letters. All methods raise Unavailable while no broker answers."""

    def __init__(self, settings: BrokerSettings) -> None:
        """Name the cluster; each question connects anew."""
        self._settings = settings
        self._topics = Topics(settings.prefix)

    async def put(self, letters: Sequence[DeadLetter]) -> None:
        """Write letters; they stand on enough brokers when this returns."""
        async with self._producer() as producer:
            for letter in letters:
                value = letter.model_dump_json().encode()
                await producer.send_and_wait(
                    self._topics.dead_letters, value=value, key=letter.id.encode()
                )

    async def list(self) -> tuple[DeadLetter, ...]:
        """Return the letters that were not replayed, oldest first."""
        found: dict[bytes, DeadLetter] = {}
        async with self._consumer(self._topics.dead_letters) as consumer:
            async for record in _all_of(consumer):
                if record.key is None:
                    continue
                found.pop(record.key, None)
                if record.value is not None and (letter := _read(record.value)) is not None:
                    found[record.key] = letter
        return tuple(sorted(found.values(), key=lambda letter: letter.at))

    async def replay(self, letter_id: str) -> None:
        """Send a letter's message again, as it was; the letter is gone after.

        Killed in between, the message comes twice; the second is a repeat of the first. Raises
        NotFound for a letter that does not stand, Conflict where its message is no longer kept.
        """
        letters = {letter.id: letter for letter in await self.list()}
        if letter_id not in letters:
            message = f"there is no dead letter {letter_id!r}"
            raise NotFound(message, field="event", fix="`tocsin dead list` shows them")
        message_ = await self._message(letters[letter_id])
        async with self._producer() as producer:
            await producer.send_and_wait(
                self._topics.detections,
                value=message_.value,
                key=message_.key,
                headers=list(message_.headers),
            )
            await producer.send_and_wait(
                self._topics.dead_letters, value=None, key=letter_id.encode()
            )

    async def _message(self, letter: DeadLetter) -> ConsumerRecord:
        place = TopicPartition(self._topics.detections, letter.partition)
        async with self._consumer() as consumer:
            ends = await consumer.end_offsets([place])
            starts = await consumer.beginning_offsets([place])
            if starts[place] <= letter.offset < ends[place]:
                consumer.assign([place])
                consumer.seek(place, letter.offset)
                found: ConsumerRecord = await consumer.getone()
                content = hashlib.sha256(found.value or b"").hexdigest()
                if found.offset == letter.offset and content == letter.sha256:
                    return found
        message = "its message is no longer kept by the brokers"
        fix = "let the detector send it again"
        raise Conflict(message, field="event", fix=fix)

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(**self._settings.client(), acks="all", enable_idempotence=True)
        async with _reached(producer):
            yield producer

    @asynccontextmanager
    async def _consumer(self, *topics: str) -> AsyncIterator[AIOKafkaConsumer]:
        """Yield a consumer of no group: it reads all partitions of the topics, and commits none."""
        consumer = AIOKafkaConsumer(
            *topics,
            **self._settings.client(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        async with _reached(consumer):
            yield consumer


@asynccontextmanager
async def _reached(client: AIOKafkaProducer | AIOKafkaConsumer) -> AsyncIterator[None]:
    try:
        await client.start()
        yield
    except (KafkaError, OSError) as error:
        message = f"the brokers cannot be reached ({type(error).__name__})"
        raise Unavailable(
            message, field="kafka.brokers", fix="start them, then try again"
        ) from None
    finally:
        await client.stop()


async def _all_of(consumer: AIOKafkaConsumer) -> AsyncIterator[ConsumerRecord]:
    """Yield what stands in a consumer's topics now, partition by partition in order."""
    places = sorted(consumer.assignment())
    if not places:
        return
    ends: Mapping[TopicPartition, int] = await consumer.end_offsets(places)
    await consumer.seek_to_beginning(*places)
    while any([await consumer.position(place) < ends[place] for place in places]):
        found = await consumer.getmany(*places, timeout_ms=_POLL_MS)
        for records in found.values():
            for record in records:
                yield record


def _read(value: bytes) -> DeadLetter | None:
    try:
        return DeadLetter.model_validate_json(value)
    except ValidationError:
        return None  # of another version, or not ours
