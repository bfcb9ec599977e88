"""How long telling a round's people takes, lane by lane."""

from collections.abc import Mapping

from tocsin.rules.lanes import channel_of
from tocsin.rules.pacing import estimate_s
from tocsin.schemas.policy import Policy


def forecast_s(
    counts_by_lane: Mapping[str, int], policy: Policy, measured: Mapping[str, float]
) -> int:
    """Return how many seconds the first notices of a round take, each lane at its own rate.

    `measured` are the notices per second of lanes, as far as earlier rounds show them.
    """
    return estimate_s(counts_by_lane, lambda lane: policy.rate_of(lane, channel_of(lane), measured))
