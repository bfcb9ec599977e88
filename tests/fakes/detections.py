"""Detections that a test makes up, and what it should come to by the plain, slow meaning."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.schemas.detection import Detection, MergedDraft, SourceFormat

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=10)


def detection(event: str, *, minute: int = 0, asset: str = "a", **changes: Any) -> Detection:
    fields: dict[str, Any] = {
        "event_id": event,
        "detector": "dlp",
        "observed_at": NOON + timedelta(minutes=minute),
        "rule": "r",
        "asset": asset,
        "concerns_personal_data": True,
        "reason": "a data security finding",
        "source_format": SourceFormat.OCSF,
        "raw_digest": "0" * 64,
    }
    return Detection(**fields | changes)


def together(one: Detection, other: Detection) -> bool:
    return one.place == other.place and abs(one.observed_at - other.observed_at) <= WINDOW


def connected(detections: Sequence[Detection]) -> list[list[Detection]]:
    """Return the sets of different events that belong together."""
    groups: list[list[Detection]] = []
    for each in {d.name: d for d in detections}.values():
        if each.concerns_personal_data is not True:
            continue
        touched = [g for g in groups if any(together(each, other) for other in g)]
        groups = [g for g in groups if g not in touched]
        groups.append([each, *(other for g in touched for other in g)])
    return groups


def outline(drafts: Sequence[MergedDraft]) -> list[tuple[Any, ...]]:
    """Return what can be compared with `expected`."""
    return sorted(
        (
            draft.first_seen,
            draft.last_seen,
            draft.detections,
            draft.severity,
            sorted(draft.kinds),
            draft.place,
        )
        for draft in drafts
    )


def expected(detections: Sequence[Detection]) -> list[tuple[Any, ...]]:
    """Return the outline of the drafts that these detections must come to."""
    return sorted(
        (
            min(d.observed_at for d in group),
            max(d.observed_at for d in group),
            len(group),
            max(d.severity for d in group),
            sorted({kind for d in group for kind in d.kinds}),
            group[0].place,
        )
        for group in connected(detections)
    )
