"""How fast this process gives one relay its messages: evenly, but for about a second's worth."""

import math
from collections.abc import Callable

_BURST_S = 1.0


class RelayPace:
    """The turns of one relay that has a limit; times are those of the event loop.

    It fills with every message and empties at the rate of the moment. Whoever was idle is given a
    second's messages at once, no more, and then each at its time.
    """

    def __init__(self, per_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._full = 0.0
        """Messages that its rate did not let through yet, as of `_since`."""
        self._since = 0.0

    def opens_at(self) -> float:
        """Return from when the relay may be given its next message."""
        per_s = self._per_s()
        if math.isinf(per_s):
            return self._since
        return self._since + (self._full - max(0.0, per_s * _BURST_S - 1)) / per_s

    def takes(self, now: float) -> None:
        """Note that the relay is given a message."""
        per_s = self._per_s()
        left = 0.0 if math.isinf(per_s) else self._full - (now - self._since) * per_s
        self._full, self._since = max(0.0, left) + 1, now
