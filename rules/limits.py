"""How fast people may be told: limits as steps in time, and what they let through.

A limit is never a burst: so many a second, evenly, from a time on. A day of a warm-up is its
messages spread over 86,400 s.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from tocsin.rules.lanes import base_of, channel_of
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.channels import Channel

DAY_S = 86_400
_LIFETIME_S = 100 * 365 * DAY_S
_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """From a time on, so many people a second; infinity lets everybody through."""

    since: datetime
    per_s: float


@dataclass(frozen=True, slots=True)
class Limit:
    """Steps in the order of time; the first of them holds before its time, too."""

    steps: tuple[Step, ...]

    def rate_at(self, at: datetime) -> float:
        """Return how many people a second may be told at a time."""
        rate = self.steps[0].per_s
        for step in self.steps:
            if step.since > at:
                break
            rate = step.per_s
        return rate

    def spans(self, start: datetime) -> Iterator[tuple[float, float]]:
        """Yield (seconds, people a second) from `start` on; the last span has no end."""
        passed, rate = start, self.steps[0].per_s
        for step in self.steps:
            if step.since > passed:
                yield (step.since - passed).total_seconds(), rate
                passed = step.since
            rate = step.per_s
        yield math.inf, rate


def steady(per_s: float) -> Limit:
    """Return the limit of so many people a second, at all times."""
    return Limit((Step(_ALWAYS, per_s),))


def warm_up(since: date, per_day: Sequence[int], *, max_per_s: float | None = None) -> Limit:
    """Return the limit of a plan: so many messages on each day (UTC) from a date on.

    Once its days are over, only `max_per_s` holds; before its first day, what holds on that day.
    """
    fastest = math.inf if max_per_s is None else max_per_s
    first = datetime.combine(since, time(), UTC)
    days = [
        Step(first + timedelta(days=n), min(messages / DAY_S, fastest))
        for n, messages in enumerate(per_day)
    ]
    return Limit((*days, Step(first + timedelta(days=len(per_day)), fastest)))


def slowest(limits: Iterable[Limit]) -> Limit:
    """Return the limit of whoever has to keep to each of some."""
    return _joined(limits, min)


def together(limits: Iterable[Limit]) -> Limit:
    """Return what some that work side by side let through in all."""
    return _joined(limits, sum)


def _joined(limits: Iterable[Limit], rule: Callable[[list[float]], float]) -> Limit:
    given = tuple(limits)
    times = sorted({step.since for limit in given for step in limit.steps})
    steps: list[Step] = []
    for since in times:
        rate = rule([limit.rate_at(since) for limit in given])
        if not steps or steps[-1].per_s != rate:
            steps.append(Step(since, rate))
    return Limit(tuple(steps))


def capacity(limit: Limit, start: datetime, until: datetime) -> float:
    """Return how many people a limit lets through from `start` until a time."""
    left_s, people = (until - start).total_seconds(), 0.0
    for seconds, per_s in limit.spans(start):
        if left_s <= 0:
            break
        people += min(seconds, left_s) * per_s
        left_s -= seconds
    return people


def seconds_for(people: float, limit: Limit, start: datetime) -> float:
    """Return how many seconds from `start` on a limit needs to let so many people through."""
    passed = 0.0
    for seconds, per_s in limit.spans(start):
        if people <= seconds * per_s:
            return passed + (people / per_s if people > 0 else 0.0)
        people -= seconds * per_s
        passed += seconds
    return passed


def after(start: datetime, seconds: float) -> datetime:
    """Return the time so many seconds later; what takes longer than a lifetime takes one."""
    return start + timedelta(seconds=min(seconds, _LIFETIME_S))


@dataclass(frozen=True, slots=True)
class Limits:
    """What is held to: channels (all of their lanes together), and lanes by where they lead."""

    channels: Mapping[Channel, Limit] = field(default_factory=lambda: MappingProxyType({}))
    lanes: Mapping[str, Limit] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def names(self) -> Mapping[str, Channel]:
        """Each channel and lane that has a limit -> the channel on which it holds."""
        lanes = {lane: channel_of(lane) for lane in self.lanes}
        return lanes | {channel.value: channel for channel in self.channels}

    def seconds_for(self, name: str, people: int, start: datetime) -> float:
        """Return how many seconds a channel or a lane with a limit needs for so many people."""
        by_name = {channel.value: limit for channel, limit in self.channels.items()}
        return seconds_for(people, by_name.get(name) or self.lanes[name], start)

    def held_to(self, name: str) -> str:
        """Return the limit of a channel or a lane as a short text, another for each limit."""
        by_name = {channel.value: limit for channel, limit in self.channels.items()}
        limit = by_name.get(name) or self.lanes[name]
        steps = " ".join(f"{step.since.isoformat()}={step.per_s!r}" for step in limit.steps)
        return sha256_hex(steps.encode())

    def of(self, lane: str, channel: Channel) -> Limit | None:
        """Return the limit of those of a lane who are told on a channel; None: there is none."""
        found = [self.channels[channel]] if channel in self.channels else []
        base = base_of(lane)
        if base in self.lanes and channel is channel_of(base):
            found.append(self.lanes[base])
        return slowest(found) if found else None


UNLIMITED = Limits()
