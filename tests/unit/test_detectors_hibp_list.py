"""The public breach list of March 2025: every record and every data class."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tocsin.detectors.hibp import draft, find_breach, read_breaches
from tocsin.detectors.hibp_classes import KINDS, PASSWORDS, TO_CONFIRM, WITHOUT_KIND
from tocsin.detectors.incident_file import check_times, dump_incident, parse_incident
from tocsin.detectors.strict_yaml import parse_yaml
from tocsin.schemas.data_kinds import SENSITIVITY, Sensitivity
from tocsin.schemas.incident_facts import Confidentiality
from tocsin.schemas.scope import Condition, Scope

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
LIST = DATA / "hibp" / "breaches_2025-03.json"
SCOPE = Scope(where=(Condition(column="system", equals="shop"),))
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def breaches() -> tuple[Mapping[str, Any], ...]:
    if not LIST.exists():
        pytest.skip("the shared breach list is not here")
    return read_breaches(LIST)


def test_the_tables_of_classes_do_not_contradict_each_other() -> None:
    assert not KINDS.keys() & WITHOUT_KIND.keys()
    assert not PASSWORDS & (KINDS.keys() | WITHOUT_KIND.keys())
    assert TO_CONFIRM.keys() <= KINDS.keys()


def test_every_class_of_the_public_list_is_in_the_tables_and_no_other(
    breaches: tuple[Mapping[str, Any], ...],
) -> None:
    classes = {name for record in breaches for name in record["DataClasses"]}
    assert len(classes) == 146
    assert KINDS.keys() | WITHOUT_KIND.keys() | PASSWORDS == classes


def test_all_875_records_become_incidents_that_can_be_written_and_read(
    breaches: tuple[Mapping[str, Any], ...],
) -> None:
    assert len(breaches) == 875
    for place, record in enumerate(breaches):
        result = draft(record, organisation="example", scope=SCOPE)
        check_times(result.incident, NOW)
        assert len(result.unmapped) == sum(c in WITHOUT_KIND for c in record["DataClasses"])
        story = result.incident.narratives.what_happened
        assert story.keys() == {"en", "zh-Hans"}
        assert not record["Domain"] or record["Domain"] not in story["en"]
        if place % 10 == 0:
            text = dump_incident(result.incident, notes=result.unknown + result.unmapped)
            assert parse_incident(parse_yaml(text)) == result.incident


@pytest.mark.parametrize(
    ("name", "persons", "some_kinds"),
    [
        ("Adobe", 152_445_165, {"password_plaintext", "security_questions"}),
        ("LinkedIn", 164_611_595, {"password_weak_hash"}),
        ("000webhost", 14_936_670, {"password_plaintext", "device_ids_ip", "name"}),
        ("AshleyMadison", 30_811_934, {"sexual_orientation", "ethnicity"}),
        ("COMELEC", 228_605, {"biometric_template", "passport"}),
        ("QatarNationalBank", 88_678, {"bank_account", "national_id", "access_code"}),
        ("GateHub", 1_408_078, {"crypto_wallet"}),
        ("VTech", 4_833_678, {"third_party_contacts", "date_of_birth"}),
        ("Emotet", 4_324_770, {"password_plaintext"}),
        ("ManipulatedCaiman", 39_901_389, {"email_address"}),
        ("Paytm", None, {"phone_number"}),
    ],
)
def test_a_known_breach_is_drafted_as_the_list_tells_it(
    breaches: tuple[Mapping[str, Any], ...],
    name: str,
    persons: int | None,
    some_kinds: set[str],
) -> None:
    incident = draft(find_breach(breaches, name.upper()), organisation="x", scope=SCOPE).incident
    table = incident.facts.persons.value
    assert (table.total if table else None) == persons
    assert some_kinds <= set(incident.data_kinds)
    spread = Confidentiality.UNKNOWN_RECIPIENTS if persons else None
    assert incident.facts.confidentiality.value is spread


def test_sensitive_breaches_are_seen_as_sensitive(
    breaches: tuple[Mapping[str, Any], ...],
) -> None:
    for name in ("AshleyMadison", "COMELEC", "Ladies", "Mate1", "DCHealth"):
        incident = draft(find_breach(breaches, name), organisation="x", scope=SCOPE).incident
        assert any(SENSITIVITY[kind] is Sensitivity.S3 for kind in incident.data_kinds), name
