"""What a controller's place among the controllers means, and what is its own."""

import pytest
from tocsin.rendering.packet import draft_packet, packet_json, packet_text
from tocsin.rules.controllers import (
    check_places,
    keeps_for_others,
    narrowed,
    no_longer_owed,
    number_of,
    owed_to_controllers,
    packet_findings,
    processor_findings,
)
from tocsin.rules.other_duties import controllers
from tocsin.rules.severity import assess
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.packet import Counted, Packet, PacketContext

from fakes.processors import AWARE, KEEPER, controller, kept, owed, with_facts

ALPHA = controller("Alpha Shop", persons={"by_residence": {"DE": 60}})
BETA = controller("Beta Shop", persons={"by_residence": {"DE": 30}})
_BOTH = {"persons": {"total": 90, "by_residence": {"DE": 90}}, "records": 1_000}


def packet(parent: IncidentFile, number: int, locale: str = "en") -> Packet:
    party = controllers(parent)[number - 1]
    duties = owed_to_controllers(tuple(owed(parent).values()))[number]
    return draft_packet(
        PacketContext(
            incident_id="INC-1",
            artefact=f"controller-{number}",
            revision=1,
            number=number,
            party=party,
            incident=narrowed(parent, party),
            counted=Counted.STATED,
            organisation=KEEPER,
            duties=duties,
            severity=assess(parent),
            drafted_at=AWARE,
            drill=False,
            locale=locale,
        )
    )


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_a_packet_says_what_the_laws_ask_of_that_controllers_people_alone(locale: str) -> None:
    made = packet(kept(ALPHA, BETA, **_BOTH), 1, locale)
    text = packet_text(made)
    for part in ("Alpha Shop", "desk@alpha.example", "Criminals copied a backup.", "60"):
        assert part in text
    for part in ("We closed the way in.", "privacy@keeper.example", "GDPR Art. 33(2)"):
        assert part in text
    for part in ("Beta", "90", "1,000"):
        assert part not in text
        assert part not in packet_json(made).decode()


def test_a_packet_is_another_one_only_where_it_says_something_else() -> None:
    parent = kept(ALPHA, BETA, **_BOTH)
    assert packet(parent, 1).says_as(packet(with_facts(parent, records=2_000), 1))
    changed = kept(controller("Alpha Shop", persons={"by_residence": {"DE": 61}}), BETA, **_BOTH)
    assert not packet(parent, 1).says_as(packet(changed, 1))


def test_a_text_that_names_another_controller_warns_the_approver() -> None:
    parent = kept(ALPHA, BETA)
    (alpha, _) = controllers(parent)
    (found,) = packet_findings(["Also those of BETA SHOP."], parent, alpha)
    assert "Beta Shop" in found.text
    assert not packet_findings(["Yours alone."], parent, alpha)


def test_a_processors_own_notice_to_people_warns_the_approver() -> None:
    parent = kept(ALPHA)
    assert [f.rule for f in processor_findings(parent)] == ["PROCESSOR"]
    assert not processor_findings(with_facts(parent, role="controller"))


def test_who_keeps_for_others_says_so_by_role_or_as_business_associate() -> None:
    parent = kept(ALPHA)
    assert keeps_for_others(parent)
    assert not keeps_for_others(with_facts(parent, role="controller"))
    associate = {"sectors": ["hipaa_business_associate"], "role": None}
    assert keeps_for_others(with_facts(parent, **associate))


def test_a_controller_none_of_whose_people_are_concerned_is_owed_nothing() -> None:
    parent = kept(controller("Alpha Shop", persons={"total": 0}), BETA, **_BOTH)
    assert list(owed_to_controllers(tuple(owed(parent).values()))) == [2]


def test_controllers_keep_their_place() -> None:
    old = kept(ALPHA, BETA)
    check_places(kept(ALPHA, BETA, controller("Gamma Shop")), old)
    check_places(kept({**ALPHA, "name": "Alpha Store"}, BETA), old)
    for wrong in (kept(BETA, ALPHA), kept(ALPHA), kept()):
        with pytest.raises(InvalidInput, match=r"circumstances.parties: .* keep it in its place"):
            check_places(wrong, old)


def test_a_duty_to_nobody_by_name_ends_when_controllers_are_named() -> None:
    before = tuple(owed(kept(**_BOTH)).values())
    now = tuple(owed(kept(ALPHA, **_BOTH)).values())
    gone = {duty.id: duty for duty in no_longer_owed(before, now)}
    assert "EU-GDPR:other:art33-processor" in gone
    assert not any(duty.required or duty.due_at for duty in gone.values())
    assert not no_longer_owed(now, now)
    back = {duty.id for duty in no_longer_owed(now, before)}
    assert "EU-GDPR:other:art33-processor:1" in back


def test_the_number_of_a_controller_is_read_from_its_duty() -> None:
    assert number_of("EU-GDPR:other:art33-processor:2") == 2
    assert number_of("EU-GDPR:other:art33-processor") is None
    assert number_of("EU-GDPR:authority:early") is None
