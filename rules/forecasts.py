"""How long telling takes, and for whom it comes too late: channel by channel, lane by lane."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from tocsin.rules.limits import Limit, capacity, seconds_for


class Way(NamedTuple):
    """A lane as a forecast sees it."""

    people: int
    limit: Limit
    """What it lets through, or is thought to."""


def told_in(ways: Mapping[str, Way], together: Limit | None, start: datetime) -> float:
    """Return how many seconds the people of one channel take; `together` holds its lanes in all.

    Lanes go side by side: the slowest of them decides, or the channel.
    """
    needed = [seconds_for(way.people, way.limit, start) for way in ways.values()]
    if together is not None:
        needed.append(seconds_for(_people(ways), together, start))
    return max(needed, default=0.0)


def short_by(
    ways: Mapping[str, Way], together: Limit | None, start: datetime, until: datetime
) -> int:
    """Return how many of the people of one channel cannot be told from `start` until a time."""
    told = sum(min(way.people, int(capacity(way.limit, start, until))) for way in ways.values())
    if together is not None:
        told = min(told, int(min(_people(ways), capacity(together, start, until))))
    return _people(ways) - told


def _people(ways: Mapping[str, Way]) -> int:
    return sum(way.people for way in ways.values())
