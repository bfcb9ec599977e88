"""How urgent an alarm is, who is rung in which order, and when somebody is tried again."""

from collections.abc import Sequence
from datetime import timedelta

from tocsin.schemas.alarm import Gravity, Officer

_NOTES = ("counts", "lists", "late")
"""Alarms that change nothing tonight: how counting or lists went, what came back too late."""
_URGENT = ("dead", "void")
_CLOCK = "clock"
_MANY = "dead"
GROUP_FOR = timedelta(minutes=15)
"""What comes by the thousand in one outage rings once in so long: events that gave up."""
_LAST_HOURS = 6
"""From so many hours before the law's time on, a clock wakes people."""
LATE_AGAIN = timedelta(hours=24)
"""Whoever is late is alarmed again after so long, until the duty is met."""
MOST_ATTEMPTS = 12
"""An officer who was rung so often in vain is left: about seven hours after the first time."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 60.0, 3600.0


def gravity_of(alarm: str) -> Gravity:
    """Return how urgent an alarm is, by the name of its fact: `clock:<duty>:late`, `lane:...`."""
    kind, _, rest = alarm.partition(":")
    if kind == _CLOCK:
        stage, _, hours = rest.rpartition(":")
        near = hours.removesuffix("h").isdigit() and int(hours.removesuffix("h")) <= _LAST_HOURS
        is_soon = stage.endswith(":soon")
        return Gravity.WARNING if is_soon and not near else Gravity.URGENT
    if kind in _URGENT:
        return Gravity.URGENT
    return Gravity.NOTE if kind in _NOTES else Gravity.WARNING


def group_of(alarm: str) -> str:
    """Return how the names of alarms begin that are rung for together; empty: each by itself."""
    return f"{_MANY}:" if alarm.startswith(f"{_MANY}:") else ""


def named_for(gravity: Gravity, officers: Sequence[Officer]) -> tuple[Officer, ...]:
    """Return who is rung for alarms of a gravity, in the order of the configuration."""
    return tuple(officer for officer in officers if gravity in officer.gravities)


def pause_after(attempt: int) -> timedelta:
    """Return how long an officer who could not be reached is left before the next attempt."""
    return timedelta(seconds=min(_FIRST_PAUSE_S * 2.0**attempt, _LONGEST_PAUSE_S))


def lead_times(given: Sequence[int], term: timedelta | None) -> tuple[int, ...]:
    """Return how many hours before its end a clock alarms: those shorter than its whole term.

    A clock of four hours that alarmed 24 hours before its end would alarm at its start and teach
    people to look away. None: it is not known when it started, and all hold.
    """
    longest = None if term is None else term / timedelta(hours=1)
    return tuple(sorted({h for h in given if longest is None or h < longest}, reverse=True))
