"""Terms that end on a day off, where the law lets them end on the next working day."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from tocsin.rules.working_days import IsWorkingDay
from tocsin.schemas.regime import RollTo

_NOON = time(12)


def rolled(end: datetime, to: RollTo, works: IsWorkingDay, zone: tzinfo) -> datetime:
    """Return the end of a term, moved off a day on which nobody works in `zone`; in UTC.

    To the same time of day on the next working day (Regulation (EEC) 1182/71 Art. 3(4)), or to its
    noon (Delegated Regulation (EU) 2025/301 Art. 5(4)). An end on a working day stays.
    """
    there = end.astimezone(zone)
    day = there.date()
    if works(day):
        return end
    while not works(day):
        day += timedelta(days=1)
    at = there.time() if to is RollTo.NEXT_WORKING_DAY else _NOON
    return datetime.combine(day, at, zone).astimezone(UTC)
