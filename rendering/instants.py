"""Times and dates in words: month names written out, the time zone given, the precision kept."""

from datetime import date, datetime

from tocsin.rendering.locales import Messages
from tocsin.schemas.fact import Fact, Instant, Precision


def date_words(day: date, t: Messages) -> str:
    """Return a date in words: `12 November 2026`, `2026年11月12日`."""
    month = t.names("months")[day.month - 1]
    return t("date", day=day.day, month=month, year=day.year)


def instant_words(instant: Instant, t: Messages) -> str:
    """Return an instant in words, as exactly as it is known and in the zone it was written in."""
    at = instant.at
    match instant.precision:
        case Precision.MONTH:
            return t("month", month=t.names("months")[at.month - 1], year=at.year)
        case Precision.DAY:
            return date_words(at, t)
        case Precision.HOUR:
            return t("hour", date=date_words(at, t), time=f"{at:%H}:00", zone=_zone(at, t))
        case Precision.MINUTE:
            return t("minute", date=date_words(at, t), time=f"{at:%H:%M}", zone=_zone(at, t))


def moment_words(at: datetime, t: Messages) -> str:
    """Return a time to the minute, in words."""
    return instant_words(Instant(at=at), t)


def machine_time(instant: Instant) -> str:
    """Return an instant for a `datetime` attribute (HTML Living Standard, 4.5.14)."""
    match instant.precision:
        case Precision.MONTH:
            return f"{instant.at:%Y-%m}"
        case Precision.DAY:
            return instant.at.date().isoformat()
        case Precision.HOUR | Precision.MINUTE:
            return instant.at.isoformat(timespec="minutes")


def period_words(started: Fact[Instant], ended: Fact[Instant], t: Messages) -> str | None:
    """Return when something happened, as far as it may be published; None when unknown."""
    start = started.value if started.may_publish else None
    end = ended.value if ended.may_publish else None
    if start is None:
        return None
    first = instant_words(start, t)
    if end is None:
        return t("since", start=first)
    last = instant_words(end, t)
    return first if first == last else t("between", start=first, end=last)


def _zone(at: datetime, t: Messages) -> str:
    offset = f"{at:%z}"[:5]
    return (
        t("utc")
        if offset in {"+0000", "-0000"}
        else t("zone", offset=offset[:3] + ":" + offset[3:])
    )
