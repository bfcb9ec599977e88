"""How a round is cut into batches, and when each of them has its turn."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from tocsin.rules.limits import Limit, after, seconds_for

BATCH_SECONDS = 5
"""A batch is sent within this time, so that pausing, and losing a worker, touch little."""
LARGEST_BATCH = 5_000


def batch_size(rate_per_s: float, *, max_people: int) -> int:
    """Return how many people a batch of a lane holds: what it sends in 5 s, at least one.

    `rate_per_s` is the lane's messages a second, `max_people` the operator's own bound; never more
    than 5,000.
    """
    return max(1, int(min(rate_per_s * BATCH_SECONDS, max_people, LARGEST_BATCH)))


def cut(lane_count: int, size: int) -> tuple[tuple[int, int], ...]:
    """Return the batches (first seq, count) that cover a lane of `lane_count`, each seq once."""
    return tuple(
        (first, min(size, lane_count - first)) for first in range(0, max(lane_count, 0), size)
    )


def cut_to(
    lane_count: int, limit: Limit, start: datetime, *, rate_per_s: float, max_people: int
) -> Iterator[tuple[int, int]]:
    """Yield the batches of a lane that is held to a limit from `start` on.

    Each is what the limit lets through in 5 s when its turn comes: small ones while it is low. Not
    more than `rate_per_s` is assumed of the lane itself.
    """
    first, at = 0, start
    while first < lane_count:
        rate = min(limit.rate_at(at), rate_per_s)
        count = min(batch_size(rate, max_people=max_people), lane_count - first)
        yield first, count
        first += count
        at = after(at, seconds_for(count, limit, at))


class Share(NamedTuple):
    """A lane among all that are told on its channel."""

    people: int
    """Of the lane."""
    of: int
    """Of all lanes of the channel."""
    limit: Limit | None
    """What the lane itself is held to."""
    channels: Limit | None
    """What all of them are held to together."""

    def turn_of(self, first: int, start: datetime) -> datetime | None:
        """Return when at the earliest the one after `first` others has a turn; None: at once.

        The lanes of a channel go side by side, each with its share, and end together.
        """
        waits = [seconds_for(first, self.limit, start)] if self.limit else []
        if self.channels:
            waits.append(seconds_for(first * self.of / self.people, self.channels, start))
        return after(start, max(waits)) if any(waits) else None
