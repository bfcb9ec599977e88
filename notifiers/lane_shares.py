"""How a relay's connections are shared between lanes, so that a sick one does not hold them all.

Each message of a slow lane keeps a connection busy for long: taken in turn with the others, its
messages would soon be all that is out, and everybody else would wait for them. So a connection goes
to the lane with the fewest messages out, and stays with it while that is fair. A fifth of the
connections is kept free of what is slow, or of which no answer came yet; and while others are at
work, a fifth is all that a slow lane has.
"""

from tocsin.notifiers.duration import Duration

SLOW_S = 1.0
"""A message that keeps a connection busy for longer is slow."""
_LATELY_S = 10.0
_PARTS = 5
_ON_A_CONNECTION = 2
"""A message whose content is out, and one whose envelope is (RFC 2920)."""


class LaneShares:
    """What is out to one relay, by lane; times are those of the event loop, in seconds."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._lanes: dict[str, Duration] = {}

    def is_open(self, now: float) -> bool:
        """Whether there is nothing to share: one lane alone was met, and it is quick."""
        if len(self._lanes) != 1:
            return False
        (alone,) = self._lanes.values()
        return alone.proven and alone.seconds(now) < SLOW_S

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
        duration = self._lanes.get(lane)
        if duration is None or (duration.proven and duration.seconds(now) < SLOW_S):
            return True
        part = max(1, self._connections // _PARTS)
        most = part if duration.proven and self._others(lane, now) else self._connections - part
        return duration.out < max(1, most)

    def goes_on(self, lane: str, now: float, *, contested: bool) -> bool:
        """Whether a connection that carries a message of a lane may take the next one behind it.

        `contested`: messages of other lanes wait too.
        """
        duration = self._lanes[lane]
        if duration.seconds(now) >= SLOW_S:
            return False
        if not contested:
            return True
        at_work = sum(each.out > 0 for each in self._lanes.values())
        return duration.out * at_work <= self._connections * _ON_A_CONNECTION

    def _others(self, lane: str, now: float) -> bool:
        """Whether other lanes are, or were lately, at work."""
        return any(
            each.out or now - each.last_began < _LATELY_S
            for name, each in self._lanes.items()
            if name != lane
        )
