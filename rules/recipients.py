"""Who is told about a person's data: the person or organisation, the minor, whoever stands in."""

from collections.abc import Sequence
from datetime import date

from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.regime import Regime

_MONTH_AND_DAY = slice(1, 3)


def recipients_of(
    person: AffectedPerson,
    *,
    residence_regimes: Sequence[Regime],
    on: date,
    default_guardian_below: int,
) -> tuple[RecipientKind, ...]:
    """Return in which roles somebody is told of a person's data; never an empty tuple.

    Of somebody who has died the next of kin alone is told, known or not: their own mailbox is read
    by nobody, or by somebody else. A representative whom the row names is told alone, also one
    whose own row is gone: who needs one may not be told over their head. An organisation has no
    age. Everybody else is told as `recipients` says.
    """
    if person.deceased:
        return (RecipientKind.NEXT_OF_KIN,)
    if RecipientKind.REPRESENTATIVE in person.relatives:
        return (RecipientKind.REPRESENTATIVE,)
    if person.is_organisation:
        return (RecipientKind.ORGANISATION,)
    return recipients(
        person.birth_date,
        residence_regimes=residence_regimes,
        on=on,
        default_guardian_below=default_guardian_below,
    )


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
