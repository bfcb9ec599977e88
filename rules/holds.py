"""Duties that wait: a request counts under the regimes that know such requests, and nowhere else.

A hold of the police of one country moves no duty under the law of another: China knows none.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tocsin.rules.ends import end_of
from tocsin.rules.timing import Timing
from tocsin.schemas.duty import Duty
from tocsin.schemas.incident import Hold
from tocsin.schemas.record import Record
from tocsin.schemas.regime import HoldRule, Regime, Unit


def with_holds(
    duties: Sequence[Duty], regime: Regime, holds: Sequence[Hold], timing: Timing
) -> tuple[Duty, ...]:
    """Return the duties, those that wait with until when, at whose request, and a later due time.

    A duty is held until the last of the requests that count has ended. It is due then at the
    earliest, or so long after it as the regime says; a time that the law sets later stays.
    """
    return tuple(_held(duty, regime, holds, timing) for duty in duties)


def hold_end(hold: Hold, rule: HoldRule) -> datetime | None:
    """Return until when a request holds; None where neither it nor the regime says.

    It never lasts longer than the regime allows (45 CFR 164.412(b): an oral one 30 days).
    """
    longest = None if rule.max_days is None else hold.at + timedelta(days=rule.max_days)
    ends = [end for end in (hold.until, longest) if end is not None]
    return min(ends, default=None)


def counts(hold: Hold, rule: HoldRule, regime: str, addressee: str) -> bool:
    """Whether a request is one that this rule of a regime lets a duty wait for."""
    return (
        hold.kind is rule.kind
        and addressee in rule.of
        and addressee in hold.of
        and any(_meant(name, regime) for name in hold.regimes)
    )


def _meant(name: str, regime: str) -> bool:
    return regime.startswith(name[:-1]) if name.endswith("*") else regime == name


def _held(duty: Duty, regime: Regime, holds: Sequence[Hold], timing: Timing) -> Duty:
    if duty.required is False:
        return duty
    found = [
        (end, hold, rule)
        for hold in holds
        for rule in regime.holds
        if counts(hold, rule, regime.id, duty.addressee)
        and (end := hold_end(hold, rule)) is not None
    ]
    if not found:
        return duty
    end, hold, rule = max(found, key=lambda each: each[0])
    said = f"{hold.by} asked on {hold.at:%Y-%m-%d} that it wait ({rule.cite})"
    update: dict[str, object] = {"held_until": end, "held_by": said}
    due = _due_after(end, rule, timing)
    if duty.due_at is not None and duty.due_at < due:
        source = f"{duty.due_source}; held until {end:%Y-%m-%d %H:%M} UTC: {said}"
        update |= {"due_at": due, "due_source": source}
    return duty.model_copy(update=update)


class _Resume(Record):
    value: int | None
    unit: Unit | None


def _due_after(end: datetime, rule: HoldRule, timing: Timing) -> datetime:
    if rule.resume is None:
        return end
    there = end if timing.zone is None else end.astimezone(timing.zone)
    return end_of(there, _Resume(value=rule.resume, unit=rule.resume_unit), timing) or end
