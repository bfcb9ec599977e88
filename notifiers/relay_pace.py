"""How fast this process gives one relay its messages: evenly, but for about a second's worth."""

from collections.abc import Callable

_BURST_S = 1.0


class RelayPace:
    """The turns of one relay that has a limit; times are those of the event loop.

    A message takes the relay for as long as its rate says. Whoever was idle may be a second behind
    its turns, no more, so that a burst never holds more than a second's messages.
    """

    def __init__(self, per_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._free_at = 0.0

    def opens_at(self) -> float:
        """Return from when the relay may be given its next message."""
        return self._free_at - max(0.0, _BURST_S - 1 / self._per_s())

    def takes(self, now: float) -> None:
        """Note that the relay is given a message."""
        self._free_at = max(self._free_at, now) + 1 / self._per_s()
