"""Who stands in for a person, and when nobody does."""

from datetime import date

import pytest
from tocsin.rules.recipients import recipients_of
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.person import NOBODY, AffectedPerson, Relative

from fakes.regimes import FOUR
from fakes.resolutions import ADULT, CHILD

SELF, MINOR, GUARDIAN, REPRESENTATIVE, NEXT_OF_KIN, ORGANISATION = RecipientKind
NAMED = {REPRESENTATIVE: Relative(key="k9")}


def told(person: AffectedPerson) -> tuple[RecipientKind, ...]:
    return recipients_of(
        person,
        residence_regimes=[FOUR["CN-PIPL"]],
        on=date(2026, 11, 24),
        default_guardian_below=14,
    )


@pytest.mark.parametrize(
    ("person", "whom"),
    [
        (ADULT, (SELF,)),
        (ADULT._replace(birth_date=CHILD), (MINOR, GUARDIAN)),
        (ADULT._replace(relatives={GUARDIAN: Relative(key="k9")}), (SELF,)),
        (ADULT._replace(relatives={NEXT_OF_KIN: Relative(key="k9")}), (SELF,)),
        (ADULT._replace(relatives=NAMED), (REPRESENTATIVE,)),
        (ADULT._replace(relatives={REPRESENTATIVE: NOBODY}), (REPRESENTATIVE,)),
        (ADULT._replace(relatives=NAMED, birth_date=CHILD), (REPRESENTATIVE,)),
        (ADULT._replace(deceased=True), (NEXT_OF_KIN,)),
        (ADULT._replace(deceased=True, relatives=NAMED), (NEXT_OF_KIN,)),
        (ADULT._replace(deceased=True, birth_date=CHILD), (NEXT_OF_KIN,)),
        (ADULT._replace(is_organisation=True), (ORGANISATION,)),
        (ADULT._replace(is_organisation=True, birth_date=CHILD), (ORGANISATION,)),
        (ADULT._replace(is_organisation=True, relatives=NAMED), (REPRESENTATIVE,)),
    ],
)
def test_who_stands_in_is_told_alone(
    person: AffectedPerson, whom: tuple[RecipientKind, ...]
) -> None:
    assert told(person) == whom
