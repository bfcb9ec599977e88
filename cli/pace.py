"""How fast people are being told, and when the last one will be."""

from collections import deque
from time import monotonic

from tocsin.runtimes.overview import Standing

_WINDOW_S = 10.0


def open_people(standing: Standing) -> int:
    """Return how many people are open in rounds that are being sent."""
    return sum(
        r.coverage.open
        for case in standing.incidents
        for r in case.rounds
        if r.view.state == "sending"
    )


def settled_people(standing: Standing) -> int:
    """Return how many people are no longer open, whatever became of them."""
    return sum(
        r.coverage.accounted - r.coverage.open for case in standing.incidents for r in case.rounds
    )


class Pace:
    """People per second over the last ten seconds."""

    def __init__(self) -> None:
        """Start without a sample."""
        self._seen: deque[tuple[float, int]] = deque()

    def look(self, standing: Standing, at: float | None = None) -> tuple[float, int | None]:
        """Take a sample; return (people per second, seconds until nobody is open, if known)."""
        now = monotonic() if at is None else at
        self._seen.append((now, settled_people(standing)))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW_S:  # noqa: PLR2004  # ends of a line
            self._seen.popleft()
        (then, before), (_, after) = self._seen[0], self._seen[-1]
        rate = max(0.0, (after - before) / (now - then)) if now > then else 0.0
        left = open_people(standing)
        if left == 0:
            return rate, 0
        return rate, None if rate == 0 else round(left / rate)
