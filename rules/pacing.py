"""How a round is cut into batches, and how long it will take."""

import math
from collections.abc import Callable, Mapping

from tocsin.schemas.audience import SHARED_LANE, UNADDRESSABLE_LANE

BATCH_SECONDS = 5
"""A batch is sent within this time, so that pausing, and losing a worker, touch little."""
LARGEST_BATCH = 5_000

_NOT_SENT = frozenset({UNADDRESSABLE_LANE, SHARED_LANE})


def batch_size(rate_per_s: int, *, max_people: int) -> int:
    """Return how many people a batch of a lane holds: what it sends in 5 s, at least one.

    `rate_per_s` is the lane's messages a second, `max_people` the operator's own bound; never more
    than 5,000.
    """
    return max(1, min(rate_per_s * BATCH_SECONDS, max_people, LARGEST_BATCH))


def cut(lane_count: int, size: int) -> tuple[tuple[int, int], ...]:
    """Return the batches (first seq, count) that cover a lane of `lane_count`, each seq once."""
    return tuple(
        (first, min(size, lane_count - first)) for first in range(0, max(lane_count, 0), size)
    )


def estimate_s(counts_by_lane: Mapping[str, int], rate_of: Callable[[str], float]) -> int:
    """Return how many seconds sending takes: lanes go side by side, each at its messages a second.

    The slowest lane decides. Lanes to which nothing is sent do not count.
    """
    return max(
        (
            math.ceil(people / rate_of(lane))
            for lane, people in counts_by_lane.items()
            if lane not in _NOT_SENT
        ),
        default=0,
    )
