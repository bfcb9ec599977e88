"""How long messages take, told from how many are out and how often one ends."""

_NEWEST = 0.1
"""How much the newest message counts."""


class Duration:
    """The mean time of a message: the number out by the rate of ends (Little, 1961).

    Nothing is kept for a message. Times are those of the event loop, in seconds.
    """

    def __init__(self) -> None:
        self.out = 0
        """Messages that have begun and not ended."""
        self.last_began = 0.0
        self._last_moved = 0.0
        self.mean_s = 0.0
        """Of those that have ended, the newest counting most."""
        self.proven = False
        """One has ended."""

    def begins(self, now: float) -> None:
        """Note that a message begins."""
        if self.out == 0:
            self._last_moved = now
        self.out += 1
        self.last_began = now

    def ends(self, now: float) -> None:
        """Note that a message ends, whatever the end."""
        took = (now - self._last_moved) * self.out
        self.mean_s += (took - self.mean_s) * _NEWEST
        self._last_moved = now
        self.proven = True
        self.out -= 1

    def seconds(self, now: float) -> float:
        """Return how long a message takes; at least as long as none of those out has ended."""
        waited = now - self._last_moved if self.out else 0.0
        return max(self.mean_s, waited)
