"""When a clock starts and when it ends."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

from tocsin.rules.working_days import IsWorkingDay
from tocsin.schemas.fact import Instant, Precision
from tocsin.schemas.regime import Unit


class Term(Protocol):
    """A number of hours, days or months; None where the law gives none."""

    @property
    def value(self) -> int | None:
        """The number."""
        ...

    @property
    def unit(self) -> Unit | None:
        """What it counts."""
        ...


_MONTHS = 12
_LAST_DAY = (12, 31)


def due_at(
    start: datetime,
    deadline: Term,
    *,
    works: IsWorkingDay | None = None,
) -> datetime:
    """Return when a deadline that the law numbers ends, in UTC.

    Hours are clock hours: they run through nights, holidays and changes of the clocks. Everything
    else is counted in dates of the time zone that `start` carries; the day of the start itself is
    not counted (Regulation (EEC) 1182/71 Art. 3(1); Cal. Gov. Code 6800). Calendar days end on the
    n-th date after it, business days on the n-th date that `works`, months on the same day of the
    n-th month or its last one (Art. 3(2)(c)). The law lets all of them run to the end of that day
    (Art. 3(2)(b)); here they end at the time of day of the start, the careful side, which is never
    later. A calendar day or month that ends on a weekend is not moved: Art. 3(4) may help, national
    practice differs. A time of day that a change of the clocks skips or repeats is the earlier one.

    Raises `ValueError` for a start without a time zone, a deadline without a number, or business
    days without `works`.
    """
    if start.tzinfo is None:
        message = "a clock cannot start at a naive datetime"
        raise ValueError(message)
    if deadline.value is None or deadline.unit is None:
        message = "the law gives no number: the due time is the operator's policy"
        raise ValueError(message)
    match deadline.unit:
        case Unit.HOURS:
            return start.astimezone(UTC) + timedelta(hours=deadline.value)
        case Unit.CALENDAR_DAYS:
            last = start.date() + timedelta(days=deadline.value)
        case Unit.BUSINESS_DAYS:
            if works is None:
                message = "business days cannot be counted without the holidays of a country"
                raise ValueError(message)
            last = nth_working_day(start.date(), deadline.value, works)
        case Unit.MONTHS:
            last = months_after(start.date(), deadline.value)
    return _at_time_of(start, last)


def nth_working_day(after: date, count: int, works: Callable[[date], bool]) -> date:
    """Return the n-th working day after a date, which itself is not counted."""
    day = after
    while count > 0:
        day += timedelta(days=1)
        if works(day):
            count -= 1
    return day


def months_after(day: date, count: int) -> date:
    """Return the same day `count` months later; the last of the month where it has no such day."""
    years, month = divmod(day.month - 1 + count, _MONTHS)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _at_time_of(start: datetime, day: date) -> datetime:
    """Return the time of day of `start` on a date, in UTC; of two readings the earlier."""
    there = datetime.combine(day, start.time(), start.tzinfo)
    return min(there.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def year_end(moment: datetime) -> datetime:
    """Return the last minute of the calendar year that a moment lies in, in the zone it carries.

    The last minute, and not the midnight after it: days counted from it end on the day that the
    law names (60 days after a year of 365 days: 1 March, 23:59).
    """
    month, day = _LAST_DAY
    return moment.replace(month=month, day=day, hour=23, minute=59, second=0, microsecond=0, fold=0)


def in_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    """Return a moment that carries a bare offset in `zone`, if that zone had this offset then.

    `2026-03-27T23:30+01:00` does not know when the clocks change; where `Europe/Berlin` is at home
    it is read as a time of Berlin, so that days end by the clock on the wall. Any other offset says
    more of where the moment was written down, and stays as it is.
    """
    if zone is None:
        return moment
    there = moment.astimezone(zone)
    return there if there.utcoffset() == moment.utcoffset() else moment


def earliest(instant: Instant) -> datetime:
    """Return the earliest moment that an instant of limited precision can mean.

    A clock that starts "on the 20th" starts with the 20th: the careful side. Days and months begin
    in the time zone that the instant was given in.
    """
    at = instant.at
    match instant.precision:
        case Precision.MINUTE:
            return at
        case Precision.HOUR:
            return at.replace(minute=0, second=0, microsecond=0)
        case Precision.DAY:
            return at.replace(hour=0, minute=0, second=0, microsecond=0)
        case Precision.MONTH:
            return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
