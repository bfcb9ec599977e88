"""How long telling a round's people takes, and how many of them are told too late."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.rules.forecasts import Way, short_by, told_in
from tocsin.rules.lanes import base_of, channel_of
from tocsin.rules.limits import Limit, Limits, slowest, steady
from tocsin.schemas.audience import NOT_SENT
from tocsin.schemas.channels import Channel
from tocsin.schemas.policy import Policy

_LONGEST_S = 100 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class Forecast:
    """What telling a round's people by their first channels comes to."""

    seconds: int
    short: Mapping[Channel, int] = field(default_factory=dict)
    """Channel -> how many of its people it cannot tell by the time that holds for them."""


def forecast(
    counts_by_lane: Mapping[str, int],
    policy: Policy,
    measured: Mapping[str, float],
    limits: Limits,
    *,
    now: datetime,
    until: datetime | None = None,
) -> Forecast:
    """Return how long the first notices of a round take from now on, and who is short by `until`.

    `measured` are the notices per second of lanes, as far as earlier rounds show them. A time that
    is over already makes nobody short: nothing would be in time for it.
    """
    by_channel: defaultdict[Channel, dict[str, int]] = defaultdict(dict)
    rates: dict[str, float] = {}
    for lane, people in counts_by_lane.items():
        if lane not in NOT_SENT and people:
            base, theirs = base_of(lane), by_channel[channel_of(lane)]
            theirs[base] = theirs.get(base, 0) + people
            if lane in measured:
                rates[base] = min(measured[lane], rates.get(base, math.inf))
    seconds, short = 0.0, {}
    for channel, lanes in by_channel.items():
        together = limits.channels.get(channel)
        ways = {
            lane: Way(people, _way(lane, channel, rates.get(lane), policy, limits))
            for lane, people in lanes.items()
        }
        seconds = max(seconds, told_in(ways, together, now))
        missed = 0 if until is None or until <= now else short_by(ways, together, now, until)
        if missed:
            short[channel] = missed
    return Forecast(math.ceil(min(seconds, _LONGEST_S)), short)


def _way(
    lane: str, channel: Channel, measured: float | None, policy: Policy, limits: Limits
) -> Limit:
    """Return what a lane is thought to let through: as it is held to and as it was measured.

    `rate_per_s` is only assumed of a lane of which neither says anything.
    """
    known = [limits.lanes[lane]] if lane in limits.lanes else []
    if measured is not None:
        known.append(steady(measured))
    known = known or [steady(float(policy.rate_per_s))]
    return slowest([*known, *([limits.channels[channel]] if channel in limits.channels else [])])
