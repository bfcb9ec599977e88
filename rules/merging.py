"""Repeats of detections merged into drafts: the same drafts whatever the order of arrival.

Two detections belong together when the same rule fired on the same asset no further apart than the
window. Belonging together is passed on, so a draft is a connected set: a stretch of one rule on one
asset in which no gap is longer than the window. Neither order, nor repeats, nor how the stream is
cut into calls can change it. A repeat of an event (detector and event id) is left aside whatever it
says: the content that came first stands.

What a person decided stays: a draft that was raised or dismissed keeps its id and its state, and
what touches it becomes part of it. Two decided drafts are never joined; what touches both becomes
part of the earlier one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.detection import Detection, Merged, MergedDraft
from tocsin.schemas.identifiers import root_id


@dataclass(slots=True)
class _Run:
    """Undecided drafts and new detections of one place that belong together."""

    first: datetime
    last: datetime
    drafts: list[MergedDraft] = field(default_factory=list)
    new: list[Detection] = field(default_factory=list)

    def take(self, other: "_Run") -> None:
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.drafts += other.drafts
        self.new += other.new


def merge(
    near: Iterable[MergedDraft], new: Iterable[Detection], *, window: timedelta
) -> tuple[Merged, ...]:
    """Return what new detections make of the drafts near them, ordered by first event.

    `near` are at least the drafts that a new detection touches; drafts that stay as they are do not
    come back. Only detections that concern personal data count, and each event once.
    """
    pieces: defaultdict[tuple[str, str], list[_Run]] = defaultdict(list)
    decided: defaultdict[tuple[str, str], list[MergedDraft]] = defaultdict(list)
    for draft in near:
        if draft.decided:
            decided[draft.place].append(draft)
        else:
            run = _Run(draft.first_seen, draft.last_seen, drafts=[draft])
            pieces[draft.place].append(run)
    for detection in {d.name: d for d in reversed(list(new))}.values():
        if detection.concerns_personal_data is True:
            at = detection.observed_at
            pieces[detection.place].append(_Run(at, at, new=[detection]))
    merged = [
        each
        for place, parts in pieces.items()
        for each in _at_place(decided[place], _connected(parts, window), window)
    ]
    return tuple(sorted(merged, key=lambda m: (m.draft.first_seen, m.draft.id)))


def _connected(pieces: Iterable[_Run], window: timedelta) -> list[_Run]:
    runs: list[_Run] = []
    for piece in sorted(pieces, key=attrgetter("first")):
        if runs and piece.first - runs[-1].last <= window:
            runs[-1].take(piece)
        else:
            runs.append(piece)
    return [run for run in runs if run.new]


def _at_place(
    decided: Sequence[MergedDraft], runs: Iterable[_Run], window: timedelta
) -> list[Merged]:
    grown: dict[str, _Run] = {}
    merged = []
    for run in runs:
        touched = [
            draft
            for draft in decided
            if draft.first_seen - run.last <= window and run.first - draft.last_seen <= window
        ]
        if not touched:
            merged.append(_draft_of(run, None))
            continue
        earliest = min(touched, key=lambda draft: (draft.first_seen, draft.id))
        if earliest.id in grown:
            grown[earliest.id].take(run)
        else:
            grown[earliest.id] = run
    merged += [_draft_of(grown[draft.id], draft) for draft in decided if draft.id in grown]
    return merged


def _draft_of(run: _Run, decided: MergedDraft | None) -> Merged:
    """Return the one draft that a run becomes, or that a decided draft becomes by it."""
    parts = [*run.drafts, *map(_alone, run.new)]
    if decided is not None:
        parts.append(decided)
    first = min(parts, key=lambda part: (part.first_seen, part.first_event))
    kinds = {kind for part in parts for kind in part.kinds}
    count = sum(part.detections for part in parts)
    changes = {
        "last_seen": max(part.last_seen for part in parts),
        "detectors": tuple(sorted({name for part in parts for name in part.detectors})),
        "severity": max(part.severity for part in parts),
        "kinds": tuple(kind for kind in DataKind if kind in kinds),
        "detections": count,
    }
    if decided is not None:
        since = decided.since_decided + count - decided.detections
        changes |= {"id": decided.id, "state": decided.state, "since_decided": since}
    draft = first.model_copy(update=changes)
    return Merged(
        draft=draft,
        takes=tuple(sorted(detection.name for detection in run.new)),
        replaces=tuple(sorted(part.id for part in run.drafts if part.id != draft.id)),
    )


def _alone(detection: Detection) -> MergedDraft:
    """Return the draft of one detection; its id is computed from it."""
    event = "/".join(detection.name)
    return MergedDraft(
        id=root_id("draft", event),
        first_event=event,
        first_seen=detection.observed_at,
        last_seen=detection.observed_at,
        rule=detection.rule,
        asset=detection.asset,
        detectors=(detection.detector,),
        severity=detection.severity,
        kinds=detection.kinds,
        detections=1,
    )
