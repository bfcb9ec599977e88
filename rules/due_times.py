"""Gives a duty its clock: what starts it, when it ends, and whether law or policy says so."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.rules.clocks import due_at
from tocsin.rules.conditions import Verdict, evaluate
from tocsin.rules.ends import end_of, extended, moved, or_sooner
from tocsin.rules.timing import AWARE, TOLD, YEAR_END, Timing
from tocsin.schemas.duty import DueNature, Duty
from tocsin.schemas.regime import REPORT, Deadline, OtherDeadline


def with_times(duty: Duty, deadline: Deadline, timing: Timing) -> Duty:
    """Return the duty with its start, its due time and their source; no clock if it is not owed."""
    if duty.required is False:
        return duty
    term, unknown = _term(deadline, timing)
    start = timing.start(deadline.after)
    missing = [*duty.missing, *unknown, *_not_recorded(deadline.after, timing)]
    times: dict[str, Any]
    if term.value is None or term.unit is None:
        times = _by_policy(start, deadline, duty=duty, hours=timing.target(duty))
        if times["due_nature"] is None:
            missing.append(f"targets.{duty.addressee.value}")
    else:
        times = _by_law(duty, deadline, term, start, timing)
        if unknown:
            times["due_source"] += f"; assumed while {', '.join(unknown)} is not known"
        elif isinstance(term, OtherDeadline) and term.to:
            times["to"] = term.to
    times |= {"starts_at": start, "missing": tuple(dict.fromkeys(missing))}
    return duty.model_copy(update=times)


def _not_recorded(after: str, timing: Timing) -> tuple[str, ...]:
    """Name the fact that a clock runs from, if it is not recorded; what others do is no fact."""
    fact = AWARE if after == YEAR_END else after
    if fact == TOLD or fact.startswith(REPORT) or timing.recorded_moment(fact) is not None:
        return ()
    return (f"facts.{fact}",)


def _term(deadline: Deadline, timing: Timing) -> tuple[Deadline | OtherDeadline, tuple[str, ...]]:
    """Return the term that applies, and what would have to be known to be sure.

    The shortest of the stricter ones that is not known to be out; else the first longer one that is
    known to hold; else the rule's own.
    """
    found: list[tuple[OtherDeadline, Verdict]] = []
    for candidate in deadline.stricter:
        verdict = evaluate(candidate.when, timing.facts)
        if verdict.value is not False:
            found.append((candidate, verdict))
    if found:
        shortest, verdict = min(found, key=lambda pair: _length(pair[0], timing))
        return shortest, verdict.missing
    for longer in deadline.longer:
        if evaluate(longer.when, timing.facts).value:
            return longer, ()
    return deadline, ()


def _length(term: OtherDeadline, timing: Timing) -> datetime:
    works = timing.works(term.unit)
    return due_at(datetime(2000, 1, 1, tzinfo=UTC), term, works=works)


def _by_law(
    duty: Duty,
    deadline: Deadline,
    term: Deadline | OtherDeadline,
    start: datetime | None,
    timing: Timing,
) -> dict[str, Any]:
    """Return the due time of a term that has a number, or while it cannot start, its estimate."""
    cite = term.cite if isinstance(term, OtherDeadline) else duty.cite
    said = [f"{term.wording} ({cite})"]
    times: dict[str, Any] = {
        "due_nature": DueNature.GUIDANCE if deadline.guidance else DueNature.LAW
    }
    expected = timing.expected(deadline.after) if start is None else None
    end = end_of(start or expected, term, timing)
    for sooner in deadline.sooner:
        end = or_sooner(end, sooner, start, timing, said)
    if end is not None and deadline.rolls is not None:
        end = moved(end, start or expected, deadline.rolls, timing, said)
    if end is not None and start is not None:
        end = extended(duty, end, deadline, timing, said)
    waits = start is None and expected is not None and end is not None
    times["due_at"] = None if waits else end
    times["estimated_at"] = end if waits else None
    return times | {"due_source": "; ".join(said)}


def _by_policy(
    start: datetime | None, deadline: Deadline, *, duty: Duty, hours: int | None
) -> dict[str, Any]:
    law = f"{deadline.wording} ({duty.cite})"
    if hours is None:
        return {"due_nature": None, "due_source": law}
    return {
        "due_at": None if start is None else start.astimezone(UTC) + timedelta(hours=hours),
        "due_nature": DueNature.POLICY,
        "due_source": f"own target: {hours:,} hours; law: {law}",
    }
