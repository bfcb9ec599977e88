"""Quiet hours: when a telephone is left alone, and when the law does not let it be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tocsin.schemas.channels import Channel

LOUD = frozenset({Channel.SMS, Channel.CALL, Channel.WEB_PUSH, Channel.APP_PUSH, Channel.CALL_LIST})
"""Channels that may wake somebody."""
_DAYS = 2
"""So far ahead an instant is looked for: quiet hours come again every day."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when until when it is quiet, on the clock of whoever is told; the same: never."""

    start: time
    end: time

    def hold_at(self, now: datetime, zone: str) -> bool:
        """Whether it is quiet in a zone."""
        here = now.astimezone(ZoneInfo(zone)).time()
        if self.start <= self.end:
            return self.start <= here < self.end
        return here >= self.start or here < self.end

    def ends(self, now: datetime, zone: str) -> tuple[datetime, ...]:
        """Return when they end in a zone, in UTC, within the next two days."""
        today = now.astimezone(ZoneInfo(zone)).date()
        found = [
            datetime.combine(today + timedelta(days=n), self.end, ZoneInfo(zone)).astimezone(UTC)
            for n in range(_DAYS + 1)
        ]
        return tuple(end for end in found if now < end <= now + timedelta(days=_DAYS))


def not_before(
    now: datetime,
    channel: Channel,
    zones: Sequence[str],
    *,
    quiet: QuietHours,
    due_at: datetime | None,
    reserve: timedelta,
) -> datetime:
    """Return when people in some time zones may be told on a channel: now, or when they wake.

    That is the next instant at which it is quiet in none of the zones; where there is none, the one
    at which it is quiet in the fewest. The law comes first: when waiting would pass `due_at` less
    the reserve, in which the rest of the ladder has to fit, it is now. None: no due time is known.
    """
    if channel not in LOUD or not any(quiet.hold_at(now, zone) for zone in zones):
        return now
    candidates = {now, *(end for zone in zones for end in quiet.ends(now, zone))}
    chosen = min(candidates, key=lambda at: (sum(quiet.hold_at(at, zone) for zone in zones), at))
    return now if due_at is not None and chosen > due_at - reserve else chosen
