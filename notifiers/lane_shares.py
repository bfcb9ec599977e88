"""How a relay's connections are shared between lanes, so that a sick one does not hold them all.

Each message of a slow lane keeps a connection busy for long: taken in turn with the others, its
messages would soon be all that is out, and everybody else would wait for them. So a connection goes
to the lane with the fewest messages out, stays with it while that is fair, and what is slow has a
fifth of the connections at most while others are at work.
"""

from tocsin.notifiers.duration import Duration

SLOW_S = 1.0
"""A message that keeps a connection busy for longer is slow."""
_LATELY_S = 10.0
_SLOW_PART = 5
_ON_A_CONNECTION = 2
"""A message whose content is out, and one whose envelope is (RFC 2920)."""


class LaneShares:
    """What is out to one relay, by lane; times are those of the event loop, in seconds."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._lanes: dict[str, Duration] = {}

    @property
    def of_one(self) -> bool:
        """Whether no two lanes were met so far: there is nothing to share."""
        return len(self._lanes) < 2  # noqa: PLR2004

    def begins(self, lane: str, now: float) -> None:
        """Note that a message of a lane is given to a connection."""
        duration = self._lanes.get(lane)
        if duration is None:
            duration = self._lanes[lane] = Duration()
        duration.begins(now)

    def ends(self, lane: str, now: float) -> None:
        """Note that the message came to an end, whatever the end."""
        self._lanes[lane].ends(now)

    def out(self, lane: str) -> int:
        """Return how many messages of a lane are out."""
        duration = self._lanes.get(lane)
        return 0 if duration is None else duration.out

    def has_room(self, lane: str, now: float) -> bool:
        """Whether a connection that is free may take a message of a lane."""
        return not self._is_sick(lane, now) or self.out(lane) < self._most_of_slow

    def goes_on(self, lane: str, now: float, *, contested: bool) -> bool:
        """Whether a connection that carries a message of a lane may take the next one behind it.

        `contested`: messages of other lanes wait too.
        """
        if self._is_sick(lane, now):
            return False
        if not contested:
            return True
        at_work = sum(each.out > 0 for each in self._lanes.values())
        return self.out(lane) * at_work <= self._connections * _ON_A_CONNECTION

    @property
    def _most_of_slow(self) -> int:
        return max(1, self._connections // _SLOW_PART)

    def _is_sick(self, lane: str, now: float) -> bool:
        """Whether a lane is slow while others are, or were lately, at work."""
        duration = self._lanes.get(lane)
        if duration is None or duration.seconds(now) < SLOW_S:
            return False
        return any(
            each.out or now - each.last_began < _LATELY_S
            for name, each in self._lanes.items()
            if name != lane
        )
