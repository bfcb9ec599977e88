"""The forms of authorities as data: complete, in their order, and filled from one set of keys."""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml
from tocsin.forms.load import load_forms, parse_form
from tocsin.rendering.report import draft_report
from tocsin.rendering.report_values import KEYS
from tocsin.schemas.circumstances import (
    Consequence,
    Exfiltration,
    FoundBy,
    Impact,
    IncidentKind,
    MajorCriterion,
    Medium,
    NoNoticeGround,
    NoticeMeans,
    PersonCategory,
    ReporterFunction,
    ReportGround,
    RiskOutcome,
    Safeguard,
)
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import Band, Phase
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.form import Form, FormField
from tocsin.schemas.incident_facts import Cause, NetworkGrade, Sector
from tocsin.schemas.organisation import (
    CoveredEntity,
    HealthRecordsRole,
    OrganisationSize,
    OwnerKind,
)

from golden.filings import filing

_SHARED = Path(__file__).resolve().parents[2].parent / "shared"
_NAMES = {
    "eu-edpb": "EU-EDPB-TEMPLATE",
    "cn-cac-12387": "CN-CAC-12387",
    "us-hhs-ocr": "US-HHS-OCR",
    "us-ca-ag": "US-CA-AG",
    "us-ny-ag": "US-NY-AG",
    "us-tx-ag": "US-TX-AG",
    "us-me-ag": "US-ME-AG",
    "us-wa-ag": "US-WA-AG",
    "us-ma-ag-ocabr": "US-MA-AG-OCABR",
    "us-ftc-hbnr": "US-FTC-HBNR",
    "us-ftc-safeguards": "US-FTC-SAFEGUARDS",
    "us-sec-8k-105": "US-SEC-8K-105",
    "br-anpd-cis": "BR-ANPD-CIS",
    "in-dpb": "IN-DPB",
    "in-certin": "IN-CERTIN",
    "sg-pdpc": "SG-PDPC",
    "au-oaic-ndb": "AU-OAIC-NDB",
    "ca-opc": "CA-OPC",
    "ca-qc-cai": "CA-QC-CAI",
    "jp-ppc": "JP-PPC",
    "kr-pipc-kisa": "KR-PIPC-KISA",
    "uk-ico": "UK-ICO",
    "fr-cnil": "FR-CNIL",
    "ie-dpc": "IE-DPC",
    "de-by-baylda": "DE-BY-BAYLDA",
    "es-aepd": "ES-AEPD",
    "nl-ap": "NL-AP",
    "it-garante": "IT-GARANTE",
    "eu-nis2": "EU-NIS2",
    "eu-dora": "EU-DORA",
    "za-ir": "ZA-IR",
    "ch-fdpic": "CH-FDPIC",
}
_VALUES: dict[str, type[StrEnum]] = {
    "inc.kind": IncidentKind,
    "inc.actor": Cause,
    "inc.criteria": MajorCriterion,
    "inc.exfiltration": Exfiltration,
    "inc.grade": NetworkGrade,
    "inc.medium": Medium,
    "data.kinds": DataKind,
    "ppl.kinds": PersonCategory,
    "sec.before": Safeguard,
    "risk.impacts": Impact,
    "risk.outcome": RiskOutcome,
    "risk.severity": Band,
    "t.found_by": FoundBy,
    "who.relation": ReporterFunction,
    "org.type": OwnerKind,
    "org.size": OrganisationSize,
    "org.covered_entity": CoveredEntity,
    "org.sectors": Sector,
    "org.health_records": HealthRecordsRole,
    "ntc.method": NoticeMeans,
    "risk.grounds": ReportGround,
}
_AVAILABILITY = {"availability_temporary", "availability_destroyed", "integrity_altered"}


def _form(name: str) -> Form:
    return next(form for form in load_forms() if form.id == name)


def _choices() -> Iterator[tuple[str, FormField]]:
    for form in load_forms():
        for field in form.fields:
            if field.options and field.key in _VALUES:
                yield form.id, field


@pytest.mark.parametrize("form", load_forms(), ids=lambda form: form.id)
def test_every_field_is_filled_from_a_key_that_has_a_value(form: Form) -> None:
    asked = {field.key for field in form.fields}
    asked |= {condition.key for field in form.fields for condition in field.shown_if}
    assert asked <= set(KEYS)


@pytest.mark.parametrize(
    ("form", "field"), list(_choices()), ids=lambda x: x if isinstance(x, str) else f"{x.n} {x.key}"
)
def test_every_value_of_ours_has_an_answer_on_the_form(form: str, field: FormField) -> None:
    del form
    named = {value for option in field.options for value in option.values}
    missing = {value.value for value in _VALUES[field.key]} - named
    assert "*" in named or missing <= _AVAILABILITY, missing


def test_consequences_and_grounds_have_answers_in_the_template() -> None:
    fields = {field.n: field for field in _form("eu-edpb").fields}
    named = {v for n in ("79", "81", "83") for o in fields[n].options for v in o.values}
    assert {c.value for c in Consequence} <= named
    grounds = {v for o in fields["97"].options for v in o.values}
    assert {g.value for g in NoNoticeGround} <= grounds


_TAGS: dict[str, set[str]] = {
    "ntc.status": {"told", "planned", "to_be_told", *NoNoticeGround},
    "rpt.stage": {"preliminary", "complete", "follow_up"},
    "rpt.type": {"new", "follow_up"},
    "rpt.phase": {phase.value for phase in Phase if phase is not Phase.ANNUAL},
    "rpt.basis": {"mandatory", "precaution"},
    "t.when": {"day", "span", "ongoing"},
    "inc.cia": {"confidentiality", "integrity", "availability"},
    "inc.cyber": {"yes", "no"},
    "inc.protected": {"yes", "no"},
    "oth.xborder": {"yes", "no"},
    "tp.parties": {"yes", "no"},
}


@pytest.mark.parametrize("form", load_forms(), ids=lambda form: form.id)
def test_a_list_has_an_answer_for_whatever_its_key_can_say(form: Form) -> None:
    for field in form.fields:
        if not field.options or any(c.key == field.key for c in field.shown_if):
            continue
        named = {value for option in field.options for value in option.values}
        assert _TAGS.get(field.key, set()) <= named, field.n


def test_the_intermediate_part_of_a_dora_report_is_asked_in_every_report_but_the_first() -> None:
    later = {phase for phase in Phase if phase not in {Phase.EARLY, Phase.ANNUAL}}
    for form, part in (("eu-dora", "3."), ("eu-nis2", "IN")):
        asked = [field for field in _form(form).fields if field.n.startswith(part)]
        assert asked
        assert all(set(field.phases) == later for field in asked)


def test_a_national_form_is_taken_only_where_it_is_named() -> None:
    for name in ("fr-cnil", "ie-dpc", "de-by-baylda", "es-aepd", "nl-ap", "it-garante"):
        assert not _form(name).takes("EU-GDPR", Phase.FULL)
        assert _form(name).fits("EU-GDPR", Phase.FULL)
        assert not _form(name).fits("UK-GDPR", Phase.FULL)


def test_the_templates_fields_stand_in_the_order_of_their_numbers() -> None:
    numbers = [int(field.n) for field in _form("eu-edpb").fields]
    assert numbers == sorted(numbers)


def test_the_items_of_the_chinese_report_stand_in_their_order() -> None:
    report = draft_report(filing("CN-PIPL", Phase.EARLY, known=False))
    assert [field.n for field in report.fields if len(field.n) == 1] == ["1", "3", "4", "7", "8"]
    firsts = [field.n[0] for field in report.fields]
    assert firsts == sorted(firsts)


def test_each_report_of_the_regimes_finds_its_form() -> None:
    found = {
        (regime, phase): next((f.id for f in load_forms() if f.takes(regime, phase)), "")
        for regime in (
            *("EU-GDPR", "CN-PIPL", "US-HIPAA", "US-CA", "UK-GDPR", "UK-PECR"),
            *("EU-NIS2", "EU-DORA", "ZA-POPIA", "CH-FADP", "BR-LGPD", "XX-NONE"),
        )
        for phase in (Phase.EARLY, Phase.FULL, Phase.FINAL)
    }
    assert found["EU-GDPR", Phase.EARLY] == found["EU-GDPR", Phase.FULL] == "eu-edpb"
    assert found["CN-PIPL", Phase.EARLY] == found["CN-PIPL", Phase.FINAL] == "cn-cac-12387"
    assert found["CN-PIPL", Phase.FULL] == "cn-pipl"
    assert found["US-HIPAA", Phase.FULL] == "us-hhs-ocr"
    assert found["US-CA", Phase.FULL] == "us-ca-ag"
    assert found["BR-LGPD", Phase.FULL] == "br-anpd-cis"
    assert found["UK-GDPR", Phase.FULL] == found["UK-PECR", Phase.EARLY] == "uk-ico"
    assert found["EU-NIS2", Phase.EARLY] == found["EU-NIS2", Phase.FINAL] == "eu-nis2"
    assert found["EU-DORA", Phase.EARLY] == found["EU-DORA", Phase.FINAL] == "eu-dora"
    assert found["ZA-POPIA", Phase.FULL] == "za-ir"
    assert found["CH-FADP", Phase.FULL] == "ch-fdpic"
    assert found["XX-NONE", Phase.FULL] == ""


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"n": "3", "key": "rpt.type", "kind": "one", "label": {"en": "x"}}, "field 3"),
        ({"n": "3", "key": "rpt.type", "label": {"de": "x"}}, "field 3"),
        ({"n": "3", "key": "rpt.type", "labl": {"en": "x"}}, "sections"),
    ],
)
def test_a_form_that_is_wrong_is_refused_by_file_and_field(
    wrong: dict[str, Any], named: str
) -> None:
    good = yaml.safe_load((Path(__file__).parents[2] / "forms/us-ca-ag.yaml").read_text("utf-8"))
    good["sections"] = [{"title": {"en": "One"}, "fields": [wrong]}]
    with pytest.raises(InvalidInput, match=rf"own\.yaml: {named}"):
        parse_form(yaml.safe_dump(good), file="own.yaml")


def test_two_fields_of_one_number_are_refused() -> None:
    text = (Path(__file__).parents[2] / "forms/us-ca-ag.yaml").read_text("utf-8")
    with pytest.raises(InvalidInput, match="two fields have the number S2b"):
        parse_form(text.replace('n: "S2c"', 'n: "S2b"'), file="own.yaml")


@pytest.mark.parametrize("name", _NAMES)
def test_a_form_asks_all_that_the_authority_asks(name: str) -> None:
    path = _SHARED / "law" / "forms.yaml"
    if not path.exists():
        pytest.skip("the survey of forms is not here")
    survey = {a["id"]: a for a in yaml.safe_load(path.read_text("utf-8"))["authorities"]}
    asked = survey[_NAMES[name]]["fields"]
    ours = {field.n: field for field in _form(name).fields}
    numbers = [field["n"] for field in asked]
    assert set(numbers) <= ours.keys()
    if name not in {"us-hhs-ocr", "us-ca-ag"}:
        assert [n for n in ours if n in set(numbers)] == numbers
    if name == "eu-edpb":
        assert all(ours[field["n"]].required for field in asked)


def test_the_answers_of_the_template_are_those_of_its_schema() -> None:
    path = _SHARED / "data" / "edpb_template" / "breach-notification.schema.json"
    if not path.exists():
        pytest.skip("the schema of the template is not here")
    schema = json.loads(path.read_text("utf-8"))["properties"]
    lost_in_another = {("97", "b1"), ("89", "d")}
    for field in _form("eu-edpb").fields:
        known = schema[f"field_{field.n}"]
        codes = {o.code for o in field.options if (field.n, o.code) not in lost_in_another}
        assert codes <= set(known.get("enum", codes)), field.n
        # Whatever the template can be answered with, but the withdrawal and what an authority adds.
        if codes and field.n not in {"10", "57", "58"}:
            assert codes == set(known["enum"]), field.n
