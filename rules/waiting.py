"""Whose notices may have to wait, and for what: a lawful hold, or a report that comes first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from tocsin.rules.holds import counts
from tocsin.rules.lanes import waits_under
from tocsin.rules.precedence import full_name
from tocsin.schemas.audience import Cohort
from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.incident import Hold
from tocsin.schemas.regime import Regime

_INDIVIDUALS = Addressee.INDIVIDUALS.value


def may_wait(regimes: Sequence[Regime], holds: Sequence[Hold]) -> frozenset[str]:
    """Return the regimes under which notices may have to wait once they are approved.

    Those that want something done before, and those whose law knows a hold that was asked for.
    """
    return frozenset(
        regime.id
        for regime in regimes
        if any(
            each.strict and full_name(each.then, regime) == f"{regime.id}:{_INDIVIDUALS}"
            for each in regime.order
        )
        or any(
            counts(hold, rule, regime.id, _INDIVIDUALS) for hold in holds for rule in regime.holds
        )
    )


def waits_for(
    names: Iterable[str], duties: Mapping[str, Duty], met: Collection[str], now: datetime
) -> tuple[str, ...]:
    """Return for what notices under some regimes wait now, a sentence each; nothing: they may go.

    `duties` are the newest ones by id, `met` the ids of those that are met.
    """
    found: list[str] = []
    for name in names:
        duty = duties.get(f"{name}:{_INDIVIDUALS}")
        if duty is None or duty.required is False:
            continue
        if duty.held_until is not None and duty.held_until > now:
            found.append(f"{name}: until {duty.held_until:%Y-%m-%d %H:%M} UTC, {duty.held_by}")
        for first in duty.after:
            before = duties.get(first)
            if before is not None and before.required is not False and first not in met:
                found.append(f"{name}: until {first} is filed with {before.to}")
    return tuple(dict.fromkeys(found))


def held_without_a_lane(
    duties: Iterable[Duty], cohorts: Iterable[Cohort], lanes: Iterable[str], now: datetime
) -> tuple[str, ...]:
    """Return the regimes that a hold speaks to and whose people are in no lane that waits.

    The hold was recorded after the audience was frozen: nothing may leave under that approval.
    """
    waiting = {name for lane in lanes for name in waits_under(lane)}
    told = {name for cohort in cohorts for name in cohort.regimes}
    return tuple(
        duty.regime
        for duty in duties
        if duty.addressee is Addressee.INDIVIDUALS
        and duty.required is not False
        and duty.held_until is not None
        and duty.held_until > now
        and duty.regime in told - waiting
    )


def next_end(names: Iterable[str], duties: Mapping[str, Duty], now: datetime) -> datetime | None:
    """Return when the next hold of some regimes ends; None where none is running."""
    ends = [
        duty.held_until
        for name in names
        if (duty := duties.get(f"{name}:{_INDIVIDUALS}")) is not None
        and duty.held_until is not None
        and duty.held_until > now
    ]
    return min(ends, default=None)
