"""What is held to: the limits of relays, lanes and channels, as the settings name them."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from tocsin.rules.lanes import LANES, is_lane
from tocsin.rules.limits import Limit, Limits, slowest, steady, together
from tocsin.runtimes.relay_section import RelaySection
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.policy import Policy

_CHANNELS = tuple(channel.value for channel in Channel if channel is not Channel.NONE)


def limits_of(relays: Sequence[RelaySection], policy: Policy) -> Limits:
    """Return the limits of a deployment: e-mail has those of all its relays together, too."""
    channels: dict[Channel, list[Limit]] = {}
    lanes: dict[str, Limit] = {}
    for name, per_s in policy.lane_rates_per_s.items():
        if name in _CHANNELS:
            channels.setdefault(Channel(name), []).append(steady(per_s))
        else:
            lanes[name] = steady(per_s)
    of_relays = [relay.limit for relay in relays if relay.weight]
    limited = [limit for limit in of_relays if limit is not None]
    if limited and len(limited) == len(of_relays):
        channels.setdefault(Channel.EMAIL, []).append(together(limited))
    return Limits({channel: slowest(found) for channel, found in channels.items()}, lanes)


def check_lanes(names: Collection[str]) -> None:
    """Refuse a rate for what is neither a lane nor a channel: it would hold nothing back.

    Raises:
        InvalidInput: it names the setting, and what was probably meant.
    """
    for name in names:
        if name in _CHANNELS or is_lane(name):
            continue
        near = get_close_matches(name.lower(), [*_CHANNELS, *sorted(LANES)], n=2)
        fix = "name a channel (email, sms), or a lane as previews show it (gmail, sms-49)"
        if near:
            fix = f"did you mean {' or '.join(near)}? {fix}"
        message = "there is no such lane and no such channel"
        raise InvalidInput(message, field=f"policy.lane_rates_per_s.{name}", fix=fix)
