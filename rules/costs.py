"""What telling people costs: expected, at worst, and when a limit would be passed."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal

from tocsin.rules.lanes import channel_of
from tocsin.schemas.channels import Channel


def cost(notices: Mapping[Channel, int], prices: Mapping[Channel, Decimal]) -> int:
    """Return what so many notices cost, in cents, rounded up; a channel without a price is free."""
    total = sum((count * prices.get(c, Decimal(0)) for c, count in notices.items()), Decimal(0))
    return int(total.to_integral_value(ROUND_CEILING))


def expected(lanes: Mapping[str, int], prices: Mapping[Channel, Decimal]) -> int:
    """Return what the first rung costs, in cents: each lane's notices on its own channel."""
    return cost(_first(lanes), prices)


def worst(
    lanes: Mapping[str, int], ladder: Sequence[Channel], prices: Mapping[Channel, Decimal]
) -> int:
    """Return what it costs, in cents, when everybody is followed to the end of the ladder.

    Each notice on its own channel and on every one after it, once. More than that is never spent:
    only what a provider took is paid for, and it takes each notice of a rung once.
    """
    notices: dict[Channel, int] = {}
    for channel, count in _first(lanes).items():
        after = ladder[ladder.index(channel) :] if channel in ladder else (channel,)
        for c in after:
            notices[c] = notices.get(c, 0) + count
    return cost(notices, prices)


def passes(limit: int | None, *, spent: int, more: int) -> bool:
    """Whether `more` cents on top of what was spent pass a limit; without one nothing does."""
    return limit is not None and spent + more > limit


def money(cents: int, currency: str) -> str:
    """Return cents in words: `EUR 1,234.50`."""
    return f"{currency} {cents // 100:,}.{cents % 100:02d}"


def _first(lanes: Mapping[str, int]) -> dict[Channel, int]:
    notices: dict[Channel, int] = {}
    for lane, count in lanes.items():
        channel = channel_of(lane)
        notices[channel] = notices.get(channel, 0) + count
    return notices
