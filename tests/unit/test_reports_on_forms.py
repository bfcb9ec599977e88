"""One incident record on the forms of authorities: from two facts to a complete filing."""

import copy
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tocsin.rendering.edpb import edpb_json
from tocsin.rendering.report import draft_report, report_json
from tocsin.rendering.report_sheet import report_html
from tocsin.rules.privacy import check_incident_text
from tocsin.rules.report_checks import check_report
from tocsin.schemas.duty import Phase
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import NetworkGrade
from tocsin.schemas.report import Before, Report, ReportField

from golden.filings import CIRCUMSTANCES, FULL, filing
from golden.sample import NOW

_SCHEMA = (
    Path(__file__).resolve().parents[2].parent
    / "shared/data/edpb_template/breach-notification.schema.json"
)


def _field(report: Report, n: str) -> ReportField:
    return next(field for field in report.fields if field.n == n)


def _schema() -> dict[str, Any]:
    if not _SCHEMA.exists():
        pytest.skip("the schema of the template is not here")
    schema: dict[str, Any] = json.loads(_SCHEMA.read_text("utf-8"))
    return schema


def _with(name: str, value: Any) -> dict[str, Any]:
    return {**CIRCUMSTANCES, name: value}


def test_an_early_chinese_report_needs_no_more_than_the_unit_and_when_it_knew() -> None:
    report = draft_report(filing("CN-PIPL", Phase.EARLY, known=False))
    assert not any(missing.now for missing in report.missing)
    assert _field(report, "2a").value == "知悉时间：2026年11月20日 11:00（UTC+01:00）"
    assert _field(report, "2c").value == "正在核实。"
    assert _field(report, "1").label_en == "Unit concerned"


def test_the_summary_report_alone_asks_for_lessons() -> None:
    early = draft_report(filing("CN-PIPL", Phase.EARLY, known=True))
    final = draft_report(filing("CN-PIPL", Phase.FINAL, known=True))
    assert "S3" not in {field.n for field in early.fields}
    assert "合同终止时访问权限同时终止。" in _field(final, "S3").value


def test_what_is_said_on_the_telephone_is_short_and_leaves_no_gap() -> None:
    long = {"zh-Hans": "很长的经过。" * 200}
    context = filing(
        "CN-PIPL", Phase.EARLY, known=True, circumstances=_with("harm_so_far", {"value": long})
    )
    spoken = draft_report(context).spoken
    assert len(spoken) == 10
    assert not any("{" in line for line in spoken)
    assert sum(map(len, spoken)) < 900
    assert "Example Books Ltd" in spoken[0]


def test_a_grade_that_numbers_alone_show_is_an_estimate() -> None:
    context = filing("CN-PIPL", Phase.EARLY, known=True)
    shown = context.model_copy(update={"grade": NetworkGrade.MAJOR, "grade_settled": False})
    graded = _field(draft_report(shown), "2d")
    assert (graded.chosen, graded.value, graded.state) == (("2",), "重大", "estimated")
    unknown = draft_report(context.model_copy(update={"grade": None}))
    assert "facts.network_grade" in {missing.path for missing in unknown.missing}


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("kind", {"60"}),
        ("found_by", {"50"}),
        ("person_categories", {"65"}),
        ("risk", {"89"}),
        ("impacts", {"85"}),
        ("consequences", {"79"}),
        ("exfiltration", {"56"}),
        ("parties", {"38"}),
        ("reporter", {"21", "22", "23"}),
        ("prevention_described", {"95"}),
        ("safeguards", {"75"}),
    ],
)
def test_no_filing_is_complete_while_anything_is_to_be_determined(
    name: str, numbers: set[str]
) -> None:
    open_ = _with(name, {"state": "being_determined"})
    if name == "prevention_described":
        narratives = {**FULL["narratives"], "what_will_be_done": {}}
        measures: list[Any] = []
        context = filing(
            "EU-GDPR",
            Phase.FULL,
            known=True,
            circumstances=open_,
            narratives=narratives,
            measures=measures,
        )
    else:
        context = filing("EU-GDPR", Phase.FULL, known=True, circumstances=open_)
    report = draft_report(context)
    assert {missing.n for missing in report.missing} == numbers
    assert all(m.path == f"circumstances.{name}" and m.now for m in report.missing)
    assert _field(report, "4").chosen == ("b",)
    assert json.loads(edpb_json(report))["field_4"] == "b"


def test_a_complete_filing_fits_the_schema_of_the_template() -> None:
    document = json.loads(edpb_json(draft_report(filing("EU-GDPR", Phase.FULL, known=True))))
    jsonschema.validate(document, _schema())
    assert document["field_4"] == "a"
    assert "Minors" in document["field_66"]


def test_a_complete_follow_up_that_is_late_and_names_others_fits_the_schema() -> None:
    first = draft_report(filing("EU-GDPR", Phase.EARLY, known=False))
    before = Before(artefact=first.artefact, fields=first.fields, reference="DPC-1")
    processor = {"name": "Cloud Ltd", "role": "processor", "contact": "desk@cloud.example"}
    circumstances = {
        **_with("parties", [processor]),
        "found_by": "processor",
        "told_by_other_on": "2026-11-20",
    }
    facts = {**FULL["facts"], "integrity": "recoverable", "availability": "temporary"}
    context = filing(
        "EU-GDPR",
        Phase.FULL,
        known=True,
        before=before,
        due_in=-timedelta(hours=1),
        late_reason="The logs were encrypted.",
        circumstances=circumstances,
        facts=facts,
    )
    report = draft_report(context)
    assert report.missing == ()
    document = json.loads(edpb_json(report))
    jsonschema.validate(document, _schema())
    assert document["field_6"] == "DPC-1"
    assert document["field_40"] == "Cloud Ltd"
    assert "field_49" not in document  # the template asks it of a new notification alone
    assert {document[f"field_{n}"] for n in (81, 83)} == {"c"}


def test_an_incomplete_filing_breaks_the_schema_only_where_the_report_says() -> None:
    report = draft_report(filing("EU-GDPR", Phase.EARLY, known=False))
    document = json.loads(edpb_json(report))
    errors = list(jsonschema.Draft202012Validator(_schema()).iter_errors(document))
    assert {error.validator for error in errors} == {"required"}
    said = {error.message.split("'")[1].removeprefix("field_") for error in errors}
    hidden = {"39", "40", "41", "73"}
    assert said - hidden <= {missing.n for missing in report.missing}


def test_fields_that_a_form_does_not_ask_are_in_no_packet() -> None:
    report = draft_report(filing("EU-GDPR", Phase.FULL, known=True))
    packet = json.loads(report_json(report))
    asked = {field["n"] for field in packet["fields"]}
    assert not {"49", "52", "39", "99", "100"} & asked
    assert {"45", "46", "98"} <= asked
    assert packet["form"] == "eu-edpb"
    assert packet["filing"] == {
        "type": "new",
        "complete": True,
        "prev_ref": "",
        "reference": "INC-7K2QX/report-EU-GDPR-full",
    }
    kind = next(field for field in packet["fields"] if field["n"] == "60")
    assert kind["chosen"] == ["g"]
    assert len(kind["options"]) == 25


def test_figures_fill_what_became_of_the_notices() -> None:
    hipaa = draft_report(filing("US-HIPAA", Phase.FULL, known=True))
    assert _field(hipaa, "G1").chosen == ("500+",)
    assert _field(hipaa, "B1").raw == 12_000
    assert _field(hipaa, "N2").chosen == ("no",)
    california = draft_report(filing("US-CA", Phase.FULL, known=True))
    assert _field(california, "S2f").raw == 1_000
    assert _field(california, "S2e").raw == "2026-11-21"


def test_a_follow_up_says_field_by_field_what_changed() -> None:
    first = draft_report(filing("EU-GDPR", Phase.FULL, known=True))
    before = Before(artefact=first.artefact, fields=first.fields, reference="DPC-1")
    facts = {**FULL["facts"], "records": 16_000}
    report = draft_report(filing("EU-GDPR", Phase.FINAL, known=True, before=before, facts=facts))
    assert [(d.n, d.before, d.now) for d in report.differences] == [
        ("72", "Approximate number", "Exact number"),
        ("73", "15,000 records", "16,000 records"),
    ]
    assert report.filing.prev_ref == "DPC-1"
    assert "16,000 records" in report_html(report).decode()


def test_a_follow_up_to_the_same_facts_has_no_differences() -> None:
    first = draft_report(filing("CN-PIPL", Phase.EARLY, known=True))
    before = Before(artefact=first.artefact, fields=first.fields)
    again = draft_report(filing("CN-PIPL", Phase.EARLY, known=True, before=before))
    assert again.differences == ()


def test_a_follow_up_lacks_the_reference_until_a_receipt_is_on_record() -> None:
    first = draft_report(filing("US-HIPAA", Phase.FULL, known=True))
    before = Before(artefact=first.artefact, fields=first.fields)
    report = draft_report(filing("US-HIPAA", Phase.FULL, known=True, before=before))
    (missing,) = report.missing
    assert (missing.n, missing.path) == ("G3", "receipt of report-US-HIPAA-full")


def test_a_late_report_is_approved_only_with_its_reason() -> None:
    late = -timedelta(hours=1)
    silent = draft_report(filing("EU-GDPR", Phase.EARLY, known=True, due_in=late))
    with pytest.raises(Conflict, match="is late, and says no reason"):
        check_report(silent, NOW)
    assert any(missing.n == "49" for missing in silent.missing)
    said = draft_report(
        filing(
            "EU-GDPR", Phase.EARLY, known=True, late_reason="The logs were encrypted.", due_in=late
        )
    )
    check_report(said, NOW)
    assert _field(said, "49").value == "The logs were encrypted."
    in_time = draft_report(filing("EU-GDPR", Phase.EARLY, known=True))
    check_report(in_time, NOW)
    with pytest.raises(Conflict):
        check_report(in_time, NOW + timedelta(hours=5))


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("attacker", {"en": "Wrote from someone@mail.example"}, "circumstances.attacker.en"),
        ("notes", {"zh-Hans": "联系人 13912345678"}, "circumstances.notes.zh-Hans"),
        ("ransom", {"amount": "1 BTC", "manner": "x@mail.example"}, "circumstances.ransom.manner"),
    ],
)
def test_personal_data_in_the_circumstances_is_refused_by_its_field(
    name: str, value: Any, field: str
) -> None:
    given = copy.deepcopy({**FULL, "circumstances": _with(name, {"value": value})})
    with pytest.raises(InvalidInput) as refused:
        check_incident_text(IncidentFile.model_validate(given))
    assert refused.value.field == field
    assert "mail.example" not in str(refused.value)


def test_an_answer_that_looks_like_personal_data_is_not_approved() -> None:
    report = draft_report(filing("EU-GDPR", Phase.FULL, known=True))
    leaked = tuple(
        f.model_copy(update={"value": "A victim is x@mail.example"}) if f.n == "62" else f
        for f in report.fields
    )
    with pytest.raises(InvalidInput, match="field 62") as refused:
        check_report(report.model_copy(update={"fields": leaked}), NOW)
    assert "x@mail.example" not in str(refused.value)


def test_what_becomes_public_against_the_wish_of_whoever_wrote_it_is_marked() -> None:
    hidden = {"value": "exfiltration", "may_publish": False}
    context = filing("US-HIPAA", Phase.FULL, known=True, circumstances=_with("kind", hidden))
    report = draft_report(context)
    field = _field(report, "B4")
    assert (field.published, field.may_publish) == (True, False)
    assert "becomes public, though marked not to be published" in report_html(report).decode()


@pytest.mark.parametrize(("days", "stale"), [(178, False), (179, True)])
def test_a_form_that_was_read_long_ago_is_to_be_checked_before_filing(
    days: int, *, stale: bool
) -> None:
    context = filing("US-CA", Phase.FULL, known=True)
    later = context.model_copy(update={"drafted_at": NOW + timedelta(days=days)})
    page = report_html(draft_report(later)).decode()
    assert ("Read more than 180 days ago" in page) is stale
