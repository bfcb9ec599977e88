"""When a clock starts and when it ends."""

from datetime import UTC, datetime, timedelta

from tocsin.schemas.fact import Instant, Precision
from tocsin.schemas.regime import Deadline, StricterDeadline, Unit


def due_at(start: datetime, deadline: Deadline | StricterDeadline) -> datetime:
    """Return when a deadline that the law numbers ends, in UTC.

    Hours are clock hours: they run through nights, holidays and changes of the clocks. Calendar
    days end at the same time of day on the n-th date after the start, read in the time zone that
    `start` carries; that is never later than the end of that day. Raises `ValueError` for a start
    without a time zone or a deadline without a number.
    """
    if start.tzinfo is None:
        message = "a clock cannot start at a naive datetime"
        raise ValueError(message)
    if deadline.value is None or deadline.unit is None:
        message = "the law gives no number: the due time is the operator's policy"
        raise ValueError(message)
    if deadline.unit is Unit.HOURS:
        return start.astimezone(UTC) + timedelta(hours=deadline.value)
    return (start + timedelta(days=deadline.value)).astimezone(UTC)


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
