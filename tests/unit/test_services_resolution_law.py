"""Which channels the law of a person leaves, as resolution sees it."""

import pytest
from tocsin.schemas.channels import Channel
from tocsin.schemas.outcome import Reason
from tocsin.schemas.person import AffectedPerson, Reach

from fakes.resolutions import World, person, resolved

CLINIC = {"sectors": ["hipaa_covered_entity"]}
POSTAL = "Ada Lane\n1 Elm Street\nAustin TX 78701\nUS"
EMAIL = frozenset({Channel.EMAIL})
BOTH = (Channel.EMAIL, Channel.LETTER)


def patient(
    number: int,
    *,
    agreed: frozenset[Channel] = frozenset(),
    postal: str | None = POSTAL,
    residence: str = "US-TX",
) -> AffectedPerson:
    reach = Reach(email=f"p{number}@mail.example", postal=postal, agreed=agreed)
    return person(number, residence=residence, reach=reach)


def lanes(world: World) -> list[tuple[str, str, str]]:
    return [(o.lane, o.obstacle, o.barred) for o in world.obligations]


def test_a_patient_gets_a_letter_unless_they_agreed_to_e_mail() -> None:
    world = resolved(patient(1), patient(2, agreed=EMAIL), ladder=BOTH, facts=CLINIC)

    assert lanes(world) == [("post-us", "", "email"), ("other", "", "")]


def test_without_a_postal_address_a_patient_who_did_not_agree_cannot_be_told() -> None:
    world = resolved(patient(1, postal=None), ladder=BOTH, facts=CLINIC)

    assert lanes(world) == [("unaddressable", Reason.NOT_AGREED, "email")]
    assert world.freeze.counts.without_contact_by_residence == {"US-TX": 1}


def test_a_covered_entity_owes_its_patients_the_same_wherever_they_live() -> None:
    world = resolved(patient(1, residence="DE"), ladder=BOTH, facts=CLINIC)

    assert world.persons[0].regimes == "EU-GDPR US-HIPAA"
    assert lanes(world) == [("post-us", "", "email")]


@pytest.mark.parametrize(("residence", "regimes"), [("US-TX", "US-HIPAA"), ("DE", "EU-GDPR")])
def test_a_law_that_may_not_apply_keeps_nobody_from_being_told(
    residence: str, regimes: str
) -> None:
    world = resolved(patient(1, residence=residence), ladder=BOTH)

    assert world.persons[0].regimes == regimes
    assert lanes(world) == [("other", "", "")]


def test_a_law_that_does_not_apply_asks_for_nothing() -> None:
    world = resolved(patient(1), ladder=BOTH, facts={"sectors": ["retail"]})

    assert world.persons[0].regimes == ""
