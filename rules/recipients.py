"""Who is told about a person's data: the person, the minor, the guardian."""

from collections.abc import Sequence
from datetime import date

from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.regime import Regime

_MONTH_AND_DAY = slice(1, 3)


def recipients(
    birth_date: date | None,
    *,
    residence_regimes: Sequence[Regime],
    on: date,
    default_guardian_below: int,
) -> tuple[RecipientKind, ...]:
    """Return who is told, minor before guardian.

    The regimes' own rules come first, and those that apply are joined. Where a regime is silent,
    the guardian alone is told for someone below `default_guardian_below` years. Without a birth
    date, or with one in the future, the person is told.
    """
    if birth_date is None or birth_date > on:
        return (RecipientKind.SELF,)
    age = age_on(birth_date, on)
    rules = [regime.guardians for regime in residence_regimes]
    told = {
        RecipientKind(kind) for rule in rules if rule and age < rule.below for kind in rule.tell
    }
    if told:
        return tuple(kind for kind in RecipientKind if kind in told)
    is_silent = None in rules or not rules
    if is_silent and age < default_guardian_below:
        return (RecipientKind.GUARDIAN,)
    return (RecipientKind.SELF,)


def age_on(birth: date, on: date) -> int:
    """Return the age in full years. Who was born on 29 February has birthday on 1 March otherwise.

    In a common year the later day keeps a minor protected the longer.
    """
    had_birthday = on.timetuple()[_MONTH_AND_DAY] >= birth.timetuple()[_MONTH_AND_DAY]
    return on.year - birth.year - (not had_birthday)
