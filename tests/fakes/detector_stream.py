"""A stream of detector events with incidents hidden in it, and the truth about them apart.

Made up from a seed, in OCSF as detectors write it; nothing in an event tells what it is. It has

- incidents: each is a burst of 1 to 12 findings of one rule on one store, minutes apart, that
  concern personal data in one of four ways (a data security finding, a classification, a finding
  type, a title); every fourth is a second hit of the store before it, a day later;
- noise: checks of settings (some name personal data), passed checks, suppressed findings and false
  alarms of the same products on the same stores, intrusions, activities;
- one event in twenty is delivered again, and events arrive up to five minutes out of order.

The truth is what `planted` gives: it stands here, among the tests, where no package can import it.
"""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

START = datetime(2026, 11, 1, tzinfo=UTC)
LENGTH = timedelta(days=2)
DISORDER_S = 300
REPEATED = 0.05


class Arrival(NamedTuple):
    """An event as it comes in."""

    at: datetime
    body: bytes


class Planted(NamedTuple):
    """An incident that is in the stream: its store, and the ids of its events."""

    asset: str
    events: frozenset[str]


def planted(seed: int, *, incidents: int = 50) -> tuple[Planted, ...]:
    """Return the truth about the stream of the same seed."""
    return tuple(
        Planted(asset, frozenset(event["metadata"]["uid"] for _, event in burst))
        for asset, burst in _incidents(_dice(f"incidents/{seed}"), incidents)
    )


def stream(seed: int, *, events: int, incidents: int = 50) -> Iterator[Arrival]:
    """Yield `events` arrivals in order of their arrival."""
    chance = _dice(f"stream/{seed}")
    made = [
        timed for _, burst in _incidents(_dice(f"incidents/{seed}"), incidents) for timed in burst
    ]
    made += [(at, event) for at, event in made if chance.random() < REPEATED]
    # noise is made when its turn comes, so that a long stream needs no memory of its own
    slots: list[tuple[float, int, dict[str, Any] | None]] = []
    for n in range(events):
        at, event = made[n] if n < len(made) else (_any_time(chance), None)
        arrives = (at - START).total_seconds() + chance.uniform(0, DISORDER_S)
        slots.append((arrives, n, event))
    slots.sort(key=lambda slot: slot[:2])
    last: dict[str, Any] | None = None
    for arrives, n, event in slots:
        at = START + timedelta(seconds=arrives)
        if event is not None:
            told = event
        elif last is not None and chance.random() < REPEATED:
            told = last
        else:
            told = last = _noise(chance, n, at)
        yield Arrival(at, json.dumps(told).encode())


def _dice(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311  # made-up events


def _any_time(chance: random.Random) -> datetime:
    return START + timedelta(seconds=chance.uniform(0, LENGTH.total_seconds()))


def _incidents(
    chance: random.Random, count: int
) -> Iterator[tuple[str, list[tuple[datetime, dict[str, Any]]]]]:
    for n in range(count):
        second = n % 4 == 3
        asset = f"arn:aws:s3:::store-{n - 1 if second else n}"
        kind = (n - 1 if second else n) % len(_SIGNS)
        # the first hit of a store is in the first half of the stream, the second half a day later
        hours = chance.uniform(0, 6) + (
            30 if second else 0 if n % 4 == 2 else chance.uniform(0, 30)
        )
        at = START + timedelta(hours=hours)
        burst = []
        for hit in range(chance.randint(1, 12)):
            uid = f"{n:04x}-{hit:04x}-{chance.getrandbits(64):016x}"
            burst.append((at, _SIGNS[kind](uid, at, asset)))
            at += timedelta(minutes=chance.uniform(0.1, 20))
        yield asset, burst


def _event(uid: str, at: datetime, asset: str, **fields: Any) -> dict[str, Any]:
    product = fields.pop("product")
    return {
        "category_uid": 2,
        "class_uid": 2004,
        "activity_id": 1,
        "status_id": 1,
        "severity_id": 4,
        "time": int(at.timestamp() * 1000),
        "metadata": {"version": "1.4.0", "uid": uid, "product": {"name": product}},
        "resources": [{"uid": asset, "type": "AwsS3Bucket", "owner": {"name": "Someone"}}],
        "actor": {"user": {"email_addr": f"someone.{uid[:4]}@staff.test"}},
        **fields,
    }


def _data_security(uid: str, at: datetime, asset: str) -> dict[str, Any]:
    info = {"title": "Sharing outside of the organisation", "uid": uid[:9]}
    found = {"detection_pattern": "\\d{3}-\\d{2}", "policy": {"name": "Outbound documents"}}
    return _event(
        uid, at, asset, class_uid=2006, finding_info=info, data_security=found, product="Watch"
    )


def _classification(uid: str, at: datetime, asset: str) -> dict[str, Any]:
    found = [
        {"category_id": 1, "discovery_details": [{"type": "PERSON_NAME", "value": "Some One"}]}
    ]
    info = {"title": "Bulk download", "uid": uid[:9]}
    return _event(
        uid, at, asset, finding_info=info, data_classifications=found, product="Cloud Sentry"
    )


def _finding_type(uid: str, at: datetime, asset: str) -> dict[str, Any]:
    info = {"title": "The object holds data", "types": ["SensitiveData:S3Object/Personal"]}
    return _event(uid, at, asset, finding_info=info, product="Object Scan")


def _title(uid: str, at: datetime, asset: str) -> dict[str, Any]:
    info = {"title": "Upload of patient records to a file sharing site"}
    return _event(uid, at, asset, finding_info=info, product="Web Gate")


_SIGNS = (_data_security, _classification, _finding_type, _title)

_INTRUSIONS = (
    "Kernel module injected",
    "Port scan from one address",
    "Log trail was disabled",
    "Password spraying against the mail gateway",
    "Sign-in from a new country",
)
_CHECKS = (
    "Ensure the discovery of PII is enabled for the bucket",
    "Check if the bucket with customer data is encrypted",
    "Ensure the password policy asks for 14 characters",
    "Ensure security contact e-mail addresses are registered",
)


def _posture(uid: str, at: datetime, asset: str, title: str, **fields: Any) -> dict[str, Any]:
    return _event(uid, at, asset, finding_info={"title": title}, product="Posture", **fields)


def _noise(chance: random.Random, n: int, at: datetime) -> dict[str, Any]:
    told = (f"n-{n:08x}", at, f"arn:aws:s3:::store-{chance.randint(0, 400)}")
    compliance = {"control": "S3.8", "status": "FAILED"}
    makers: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: _data_security(*told) | {"status_id": 3},
        lambda: _finding_type(*told) | {"verdict_id": 1},
        lambda: _posture(*told, chance.choice(_CHECKS)),
        lambda: _posture(*told, "Customer records are not public", status_code="PASS"),
        lambda: _posture(
            *told,
            "Stores of personal data should block public access",
            class_uid=2003,
            compliance=compliance,
        ),
        lambda: _event(*told, category_uid=4, class_uid=4001, message="Flow", product="Net"),
        lambda: _event(*told, finding_info={"title": chance.choice(_INTRUSIONS)}, product="Guard"),
    )
    return chance.choice(makers)()
