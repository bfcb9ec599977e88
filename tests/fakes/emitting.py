"""A made-up detector, its key, and what a consumer of its topic reads."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tocsin.schemas.detection import Detection, SourceFormat
from tocsin.schemas.signing import key_pem
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.topics import Topics

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"d" * 32)
KEYS = {"scanner": KEY.public_key()}


def detection(n: int | str, **fields: Any) -> Detection:
    given: dict[str, Any] = {
        "event_id": f"e-{n}",
        "detector": "scanner",
        "observed_at": NOON,
        "rule": "Scan/exported table",
        "asset": "bucket-7",
        "concerns_personal_data": True,
        "reason": "a made-up finding",
        "source_format": SourceFormat.OCSF,
        "raw_digest": "0" * 64,
    }
    return Detection(**given | fields)


def detections(start: int, end: int) -> Sequence[Detection]:
    return [detection(n) for n in range(start, end)]


def ids(start: int, end: int) -> set[str]:
    return {f"e-{n}" for n in range(start, end)}


def write_key(path: Path) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(key_pem(KEY))
    return path


def send_raw(settings: BrokerSettings, *values: bytes) -> None:
    """Put bytes into the detections' topic as they are, as no emitter of ours would."""
    from kafka import KafkaProducer

    with closing(KafkaProducer(**settings.client(), acks="all")) as producer:
        for value in values:
            producer.send(Topics(settings.prefix).detections, value=value).get(timeout=30)


def read_topic(settings: BrokerSettings, topic: str | None = None) -> list[Any]:
    """Return every message of a topic, the detections' by default, to each partition's end."""
    from kafka import KafkaConsumer, TopicPartition

    topic = topic or Topics(settings.prefix).detections
    with closing(KafkaConsumer(**settings.client(), enable_auto_commit=False)) as consumer:
        places = [TopicPartition(topic, n) for n in range(settings.partitions)]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        found: list[Any] = []
        while any(consumer.position(place) < ends[place] for place in places):
            for messages in consumer.poll(timeout_ms=500).values():
                found += messages
        return found


def arrived(settings: BrokerSettings) -> Counter[str]:
    """Return id -> how often it stands in the topic."""
    return Counter(json.loads(message.value)["id"] for message in read_topic(settings))
