"""How fast people are being told, and when the last one will be."""

from collections import deque
from time import monotonic

_WINDOW_S = 3.0


class Pace:
    """People per second over the last three seconds."""

    def __init__(self) -> None:
        """Start without a sample."""
        self._seen: deque[tuple[float, int]] = deque()

    def look(self, done: int, of: int, *, at: float | None = None) -> tuple[float, float | None]:
        """Take a sample; return (people per second, seconds until all are done, if known)."""
        now = monotonic() if at is None else at
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW_S:  # noqa: PLR2004  # ends of a line
            self._seen.popleft()
        then, before = self._seen[0]
        rate = (done - before) / (now - then) if now > then else 0.0
        return rate, (of - done) / rate if rate > 0 else None
