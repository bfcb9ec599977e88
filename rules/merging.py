"""Repeats of detections merged into drafts: the same drafts whatever the order of arrival.

Two detections belong together when they are the same event (detector and event id), or when the
same rule fired on the same asset no further apart than the policy's window. Belonging together is
passed on, so a draft is a connected set of detections: neither order nor repeats can change it.
Arrival times come in as values; a draft is closed once nothing arrived for window and lateness,
and then it is forgotten here; of one that stays open, events as old are. So memory holds what
arrived within window and lateness, and one short row per draft and place.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.detection import Detection, Gravity, MergedDraft, MergePolicy
from tocsin.schemas.identifiers import root_id

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_Place = tuple[str, str]
"""Asset and rule."""
_Name = tuple[str, str]
"""Detector and event id."""


class Merged(NamedTuple):
    """What one detection did to the drafts."""

    draft: MergedDraft
    """The draft that it belongs to, as it is now."""
    repeated: bool
    """The event had been there before: nothing is new."""
    replaces: tuple[str, ...]
    """Ids of drafts that this one now stands for: an earlier event came late, or joined two."""


@dataclass(slots=True, eq=False)
class _Span:
    """A stretch of one rule on one asset, no gap in it longer than the window."""

    first: datetime
    last: datetime
    owner: "_Open"


@dataclass(slots=True, eq=False)
class _Open:
    """A draft that still takes in detections."""

    earliest: tuple[datetime, str, str]
    last_seen: datetime
    touched: datetime
    severity: Gravity = Gravity.UNKNOWN
    count: int = 0
    kinds: set[DataKind] = field(default_factory=set)
    detectors: set[str] = field(default_factory=set)
    names: set[_Name] = field(default_factory=set)
    spans: dict[_Span, _Place] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return root_id("draft", "/".join(self.earliest[1:]))


class Merging:
    """The drafts that are open. Not for two threads at once."""

    def __init__(self, policy: MergePolicy) -> None:
        self._window = policy.window
        self._hold = policy.window + policy.lateness
        self._spans: dict[_Place, list[_Span]] = {}
        self._seen: dict[_Name, tuple[_Open, datetime]] = {}
        """In order of arrival, so that what is too old to come again leaves from the front."""
        self._open: dict[_Open, None] = {}
        """In order of the last arrival."""

    @property
    def open(self) -> int:
        """How many drafts are open."""
        return len(self._open)

    @property
    def remembered(self) -> int:
        """How many events are remembered, to tell repeats."""
        return len(self._seen)

    def add(self, detection: Detection, *, at: datetime) -> Merged | None:
        """Merge a detection that arrived at `at`; arrivals never go back in time.

        Return None for one that opens no draft: only those that concern personal data do.
        """
        if detection.concerns_personal_data is not True:
            return None
        name = (detection.detector, detection.event_id)
        before = self._seen.pop(name, None)
        touching = self._touching(detection)
        owners = {span.owner: None for span in touching}
        if before is not None:
            owners.setdefault(before[0])
        ids = sorted({owner.id for owner in owners})
        draft = self._joined(list(owners), detection, at=at)
        self._stretch(draft, detection, touching)
        self._take_in(draft, detection, at=at, is_new=before is None)
        self._seen[name] = (draft, at)
        draft.names.add(name)
        self._open.pop(draft, None)
        self._open[draft] = None
        draft_id = draft.id
        return Merged(
            draft=_snapshot(draft),
            repeated=before is not None,
            replaces=tuple(i for i in ids if i != draft_id),
        )

    def close(self, *, at: datetime) -> tuple[MergedDraft, ...]:
        """Forget and return the drafts into which nothing came for window and lateness."""
        while self._seen:
            name, (owner, arrived) = next(iter(self._seen.items()))
            if at - arrived <= self._hold:
                break
            del self._seen[name]
            owner.names.discard(name)
        closed = []
        while self._open:
            draft = next(iter(self._open))
            if at - draft.touched <= self._hold:
                break
            closed.append(_snapshot(draft))
            self._forget(draft)
        return tuple(closed)

    def close_all(self) -> tuple[MergedDraft, ...]:
        """Forget and return every open draft: at the end of a stream."""
        closed = tuple(_snapshot(draft) for draft in self._open)
        self._open, self._seen, self._spans = {}, {}, {}
        return closed

    def _touching(self, detection: Detection) -> list[_Span]:
        at = detection.observed_at
        spans = self._spans.get((detection.asset, detection.rule), ())
        return [
            span for span in spans if span.first - self._window <= at <= span.last + self._window
        ]

    def _joined(self, owners: list[_Open], detection: Detection, *, at: datetime) -> _Open:
        """Return the one draft that the owners become: the largest takes in the others."""
        if not owners:
            return _Open(_moment(detection), detection.observed_at, at)
        owners.sort(key=lambda owner: len(owner.names) + len(owner.spans), reverse=True)
        draft, *others = owners
        for other in others:
            draft.earliest = min(draft.earliest, other.earliest)
            draft.last_seen = max(draft.last_seen, other.last_seen)
            draft.severity = max(draft.severity, other.severity)
            draft.count += other.count
            draft.kinds |= other.kinds
            draft.detectors |= other.detectors
            for span in other.spans:
                span.owner = draft
            draft.spans |= other.spans
            for name in other.names & self._seen.keys():
                self._seen[name] = (draft, self._seen[name][1])
            draft.names |= other.names
            self._open.pop(other)
        return draft

    def _stretch(self, draft: _Open, detection: Detection, touching: list[_Span]) -> None:
        """Make one span of those that the detection touches, and itself."""
        place, at = (detection.asset, detection.rule), detection.observed_at
        spans = self._spans.setdefault(place, [])
        if not touching:
            span = _Span(at, at, draft)
            spans.append(span)
            draft.spans[span] = place
            return
        span, *others = touching
        span.first = min(at, *(s.first for s in touching))
        span.last = max(at, *(s.last for s in touching))
        for other in others:
            spans.remove(other)
            del draft.spans[other]

    def _take_in(self, draft: _Open, detection: Detection, *, at: datetime, is_new: bool) -> None:
        draft.earliest = min(draft.earliest, _moment(detection))
        draft.last_seen = max(draft.last_seen, detection.observed_at)
        draft.severity = max(draft.severity, detection.severity)
        draft.kinds.update(detection.kinds)
        draft.detectors.add(detection.detector)
        draft.count += is_new
        draft.touched = at

    def _forget(self, draft: _Open) -> None:
        del self._open[draft]
        for name in draft.names:
            self._seen.pop(name, None)
        for span, place in draft.spans.items():
            spans = self._spans[place]
            spans.remove(span)
            if not spans:
                del self._spans[place]


def merge(detections: Iterable[Detection], *, policy: MergePolicy) -> tuple[MergedDraft, ...]:
    """Return the drafts of detections that are all at hand, ordered by their first event."""
    merging = Merging(policy)
    for detection in detections:
        merging.add(detection, at=_ALWAYS)
    drafts = merging.close_all()
    return tuple(sorted(drafts, key=lambda draft: (draft.first_seen, draft.id)))


def _moment(detection: Detection) -> tuple[datetime, str, str]:
    return detection.observed_at, detection.detector, detection.event_id


def _snapshot(draft: _Open) -> MergedDraft:
    return MergedDraft(
        id=draft.id,
        first_event="/".join(draft.earliest[1:]),
        first_seen=draft.earliest[0],
        last_seen=draft.last_seen,
        rules=tuple(sorted({rule for _, rule in draft.spans.values()})),
        assets=tuple(sorted({asset for asset, _ in draft.spans.values()})),
        detectors=tuple(sorted(draft.detectors)),
        severity=draft.severity,
        kinds=tuple(kind for kind in DataKind if kind in draft.kinds),
        detections=draft.count,
    )
