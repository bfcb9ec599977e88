"""When a term ends: counted, moved off a day off, prolonged, or overtaken by an earlier end."""

from datetime import UTC, date, datetime

from tocsin.rules.clocks import Term, due_at
from tocsin.rules.conditions import evaluate
from tocsin.rules.rolling import rolled
from tocsin.rules.timing import Timing
from tocsin.schemas.duty import Duty
from tocsin.schemas.regime import Deadline, Rolls, SoonerEnd, Unit

_SATURDAY = 5


def end_of(start: datetime | None, term: Term, timing: Timing) -> datetime | None:
    """Return when a term that starts then ends, in UTC; None where either is not known.

    Where nobody knows whose holidays count, none is taken off: the careful side.
    """
    if start is None or term.value is None or term.unit is None:
        return None
    if term.value == 0:
        return start.astimezone(UTC)
    works = timing.works(term.unit)
    if term.unit is Unit.BUSINESS_DAYS and works is None:
        works = _every_weekday
    return due_at(start, term, works=works)


def _every_weekday(day: date) -> bool:
    return day.weekday() < _SATURDAY


def moved(
    end: datetime, start: datetime | None, rolls: Rolls, timing: Timing, said: list[str]
) -> datetime:
    """Return the end of a term, off a day off if the law surely lets it move; say so."""
    works = timing.working_days()
    if works is None or start is None:
        return end
    if rolls.unless is not None and evaluate(rolls.unless, timing.facts).value is not False:
        return end
    later = rolled(end, rolls.to, works, timing.zone or start.tzinfo or UTC)
    if later != end:
        said.append(f"moved to the next working day ({rolls.cite})")
    return later


def extended(
    duty: Duty, end: datetime, deadline: Deadline, timing: Timing, said: list[str]
) -> datetime:
    """Return the end of a term with the time that was granted before it was over."""
    names = [duty.addressee.value, f"{duty.addressee.value}:{duty.phase}"]
    granted = next((timing.extensions[n] for n in names if n in timing.extensions), None)
    more = deadline.extension
    if more is None or granted is None or granted > end:
        return end
    works = timing.works(more.unit)
    said.append(f"{more.wording} ({more.cite})")
    there = end if timing.zone is None else end.astimezone(timing.zone)
    return due_at(there, more, works=works)


def or_sooner(
    end: datetime | None,
    sooner: SoonerEnd,
    start: datetime | None,
    timing: Timing,
    said: list[str],
) -> datetime | None:
    """Return the earlier of two ends; one that lies before the term starts is passed over."""
    other = end_of(timing.start(sooner.after), sooner, timing)
    if other is None or (start is not None and other < start):
        return end
    if end is not None and end <= other:
        return end
    said.append(f"{sooner.wording} ({sooner.cite})")
    return other
