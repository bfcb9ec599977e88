"""Live figures: how many outcomes a second, per incident, lane and result, over the last minute.

For watching. What counts is the ledger: these figures begin anew with each worker, and each worker
holds those of the partitions that it reads; a sum over workers is the whole.
"""

from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tocsin.schemas.lifecycle import OutcomesRecorded
from tocsin.schemas.outcome import Result

WINDOW = timedelta(seconds=60)


class Place(NamedTuple):
    """What a figure is about."""

    incident: str
    lane: str
    result: Result


class _Heard(NamedTuple):
    at: datetime
    event_id: str
    counts: tuple[tuple[Place, int], ...]


class Figures:
    """The outcomes of a sliding window. Holds no more than arrives within it."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        """Begin with nothing."""
        self._window = window
        self._heard: deque[_Heard] = deque()
        self._ids: set[str] = set()
        self._counts: Counter[Place] = Counter()

    def hear(self, event_id: str, data: OutcomesRecorded, *, at: datetime, now: datetime) -> bool:
        """Count outcomes of `at`; False for what is older than the window, or was heard before."""
        self._forget(now)
        if at <= now - self._window or event_id in self._ids:
            return False
        counts = tuple(
            (Place(data.incident, data.lane, result), count)
            for result in Result
            if (count := getattr(data, result.value))
        )
        self._heard.append(_Heard(at, event_id, counts))
        self._ids.add(event_id)
        self._counts.update(dict(counts))
        return True

    def per_second(self, *, now: datetime) -> Mapping[Place, float]:
        """Return the rates; a place of which nothing was heard within the window is not there."""
        self._forget(now)
        seconds = self._window.total_seconds()
        return {place: count / seconds for place, count in self._counts.items()}

    def _forget(self, now: datetime) -> None:
        # by arrival: an event that came late leaves a little late, and none stays
        while self._heard and self._heard[0].at <= now - self._window:
            old = self._heard.popleft()
            self._ids.discard(old.event_id)
            for place, count in old.counts:
                self._counts[place] -= count
                if not self._counts[place]:
                    del self._counts[place]
