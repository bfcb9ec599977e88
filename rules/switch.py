"""Whether people are told one by one, by announcement, or both, explained in numbers."""

from collections.abc import Sequence

from tocsin.schemas.duty import PublicMode, SwitchDecision
from tocsin.schemas.regime import Regime


def decide_switch(
    *,
    persons: int,
    limit: int | None,
    addressable: int,
    max_missing_share_percent: int,
    forecast_s: int | None,
    regimes: Sequence[Regime],
) -> SwitchDecision:
    """Return how people are to be told, with its grounds.

    An announcement is called for when there are more people than `limit` (None: no limit), or when
    more than `max_missing_share_percent` of them have no usable contact (`persons` less
    `addressable`). Only the first ground can let it replace the notices, and only if every regime
    concerned allows that; on the second, whoever can be told still is. `forecast_s` is how long
    telling everyone one by one would take.
    """
    missing = persons - addressable
    over = limit is not None and persons > limit
    unreachable = missing * 100 > max_missing_share_percent * persons
    kept = tuple(regime.id for regime in regimes if regime.public.mode is PublicMode.AND)
    replaces = over and bool(regimes) and not kept
    grounds = [
        _limit_ground(persons, limit),
        _contact_ground(missing, persons, threshold=max_missing_share_percent, over=unreachable),
    ]
    if forecast_s is not None:
        grounds.append(f"Telling {addressable:,} people one by one takes {duration(forecast_s)}.")
    if over and not replaces:
        grounds.append(_notices_stay(kept))
    elif replaces:
        allowed = ", ".join(f"{regime.id} ({regime.public.cite})" for regime in regimes)
        grounds.append(f"The announcement may stand in for the notices: {allowed}.")
    elif unreachable:
        grounds.append(
            f"The {addressable:,} people who can be told are told; the announcement stands in for "
            f"the other {missing:,} only."
        )
    return SwitchDecision(
        announce=over or unreachable, replaces_notices=replaces, grounds=tuple(grounds)
    )


def _limit_ground(persons: int, limit: int | None) -> str:
    if limit is None:
        return f"{persons:,} people; no limit is set."
    if persons > limit:
        return f"{persons:,} people are more than the limit of {limit:,}."
    return f"{persons:,} people are within the limit of {limit:,}."


def _contact_ground(missing: int, persons: int, *, threshold: int, over: bool) -> str:
    share = f"{missing * 100 / persons:.1f}" if persons else "0.0"
    verdict = "over" if over else "within"
    return (
        f"{missing:,} of {persons:,} people ({share} %) have no usable contact: "
        f"{verdict} the threshold of {threshold} %."
    )


def _notices_stay(kept: Sequence[str]) -> str:
    if not kept:
        return "No regime is concerned that lets an announcement replace the notices: they go out."
    return f"The notices go out all the same, as {', '.join(kept)} does not let them be replaced."


def duration(seconds: int) -> str:
    """Write a span of time in words: `2 h 5 min`, `40 s`."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{hours:,} h"] if hours else []
    if minutes:
        parts.append(f"{minutes} min")
    if left and not hours:
        parts.append(f"{left} s")
    return " ".join(parts) or "0 s"
