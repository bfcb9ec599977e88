"""Every form of the catalogue is filled from one record: in its order, its words, and honestly."""

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.forms.load import load_forms
from tocsin.rendering.report import draft_report, report_json
from tocsin.rendering.report_form import is_open
from tocsin.rendering.report_sheet import report_html
from tocsin.rules.privacy import check_incident_text
from tocsin.rules.report_checks import check_report
from tocsin.schemas.duty import Phase
from tocsin.schemas.form import Form
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.report import Before, Report, ReportField

from golden.filings import CIRCUMSTANCES, FULL, filing
from golden.sample import NOW

_REGIMES = {
    "uk-ico": "UK-GDPR",
    "eu-nis2": "EU-NIS2",
    "eu-dora": "EU-DORA",
    "za-ir": "ZA-POPIA",
    "ch-fdpic": "CH-FADP",
}
_ASKS_NO_MORE = {"AU-NDB"}
"""Its statement asks who, what happened, which data and what to do: an incident file has all."""
_FORMS = [
    (form, _REGIMES.get(form.id) or form.serves[0].regime, phase)
    for form in load_forms()
    for phase in (Phase.EARLY, Phase.INTERMEDIATE, Phase.FULL, Phase.FINAL)
    if form.fits(form.serves[0].regime, phase)
]
_on_each_form = pytest.mark.parametrize(
    ("form", "regime", "phase"), _FORMS, ids=lambda x: getattr(x, "id", None) or str(x)
)


def _field(report: Report, n: str) -> ReportField:
    return next(field for field in report.fields if field.n == n)


@_on_each_form
def test_a_record_that_is_known_in_full_fills_every_form(
    form: Form, regime: str, phase: Phase
) -> None:
    report = draft_report(filing(regime, phase, known=True, form=form.id))
    assert report.missing == ()
    assert report.filing.complete
    assert all(field.value for field in report.shown)
    by_hand = {field.n for field in form.fields if field.key == "by_hand"}
    open_ = {field.n for field in report.shown if field.state == "being_determined"}
    assert open_ <= by_hand


@_on_each_form
def test_a_report_keeps_the_order_and_the_words_of_its_form(
    form: Form, regime: str, phase: Phase
) -> None:
    report = draft_report(filing(regime, phase, known=True, form=form.id))
    asked = [field for field in form.fields if not field.phases or phase in field.phases]
    assert [field.n for field in report.fields] == [field.n for field in asked]
    for ours, theirs in zip(report.fields, asked, strict=True):
        assert (ours.label, ours.label_en) == (
            theirs.label[form.locales[0]],
            theirs.label["en"],
        )
    page = unescape(report_html(report).decode())
    page = re.sub(r'(<th scope="row">)<span lang="[a-zA-Z-]+">(.*?)</span>', r"\1\2", page)
    places = [
        page.find(f'<td>{field.n}</td><th scope="row">{field.label}') for field in report.shown
    ]
    assert -1 not in places
    assert places == sorted(places)


@_on_each_form
def test_two_facts_make_a_report_that_says_what_it_lacks(
    form: Form, regime: str, phase: Phase
) -> None:
    report = draft_report(filing(regime, phase, known=False, form=form.id))
    assert report.filing.complete is (regime in _ASKS_NO_MORE)
    assert all(field.value for field in report.shown)
    assert all(missing.n and missing.label and missing.path for missing in report.missing)
    page = report_html(report).decode()
    assert all(missing.path in page for missing in report.missing)


def test_answers_stand_in_the_words_of_the_authority_and_in_ours() -> None:
    report = draft_report(filing("EU-GDPR", Phase.FULL, known=True, form="fr-cnil"))
    severity = _field(report, "23")
    assert (severity.chosen, severity.value) == (("3",), "Importante (Significant)")
    assert severity.section == "Mesures et conséquences (Measures and consequences)"
    assert (report.locale, _field(report, "11").shown) == ("en", False)
    told = {"what_happened": {"en": "A copy was taken.", "fr": "Une copie a été prise."}}
    french = draft_report(
        filing("EU-GDPR", Phase.FULL, known=True, form="fr-cnil", narratives=told)
    )
    assert "Une copie a été prise." in _field(french, "15").value


def test_what_whoever_files_answers_on_the_form_is_listed_on_the_cover() -> None:
    circumstances = {**CIRCUMSTANCES, "cyber": False}
    context = filing("UK-GDPR", Phase.FULL, known=True, circumstances=circumstances)
    page = report_html(draft_report(context)).decode()
    assert "To be answered on the form itself: 0, 18, 24, 26." in page
    european = report_html(draft_report(filing("EU-GDPR", Phase.FULL, known=True))).decode()
    assert "To be answered on the form itself" not in european


@pytest.mark.parametrize(
    ("form", "n", "answer"),
    [
        ("fr-cnil", "23", "Importante (Significant)"),
        ("ie-dpc", "15", "High"),
        ("es-aepd", "21", "Alta (High)"),
        ("it-garante", "E3", "Alta (High)"),
    ],
)
def test_a_high_severity_is_called_high_on_every_scale(form: str, n: str, answer: str) -> None:
    report = draft_report(filing("EU-GDPR", Phase.FULL, known=True, form=form))
    assert _field(report, n).value == answer


def test_a_filing_says_which_stage_it_is() -> None:
    def stage(**changes: Any) -> tuple[str, ...]:
        report = draft_report(filing("EU-GDPR", Phase.FULL, form="it-garante", **changes))
        return _field(report, "A2").chosen

    first = draft_report(filing("EU-GDPR", Phase.EARLY, known=False, form="it-garante"))
    before = Before(artefact=first.artefact, fields=first.fields, reference="12345")
    assert stage(known=False) == ("preliminare",)
    assert stage(known=True) == ("completa",)
    assert stage(known=True, before=before) == ("integrativa",)


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ({"kind": "ransomware"}, ("yes",)),
        ({"kind": "paper_lost_or_stolen"}, ("no",)),
        ({"kind": "unauthorised_access"}, ("unknown",)),
        ({"kind": "unauthorised_access", "cyber": True}, ("yes",)),
        ({"kind": "ransomware", "cyber": False}, ("no",)),
        ({}, ("unknown",)),
    ],
)
def test_a_cyber_incident_is_one_that_a_person_or_its_kind_calls_so(
    known: dict[str, Any], answer: tuple[str, ...]
) -> None:
    report = draft_report(filing("UK-GDPR", Phase.FULL, known=True, circumstances=known))
    assert _field(report, "4").chosen == answer
    assert _field(report, "16").shown is (answer == ("yes",))


def test_that_nobody_else_was_told_is_said_once_it_is_known_of_all() -> None:
    def said(**known: Any) -> str:
        return _field(
            draft_report(filing("UK-GDPR", Phase.FULL, known=True, circumstances=known)), "23"
        ).value

    assert said(police=[], other_authorities=[]) == "No"
    assert said(police=[]) == said(other_authorities=[]) == said() == "Being determined."


def test_a_duration_is_written_as_the_template_wants_it() -> None:
    facts = {
        **FULL["facts"],
        "started": "2026-11-17T08:00:00+01:00",
        "ended": "2026-11-20T12:30:00+01:00",
    }
    report = draft_report(filing("EU-DORA", Phase.FULL, known=True, facts=facts))
    assert _field(report, "3.15").value == "003:04:30"
    facts.pop("ended")
    report = draft_report(filing("EU-DORA", Phase.FULL, known=True, facts=facts))
    assert _field(report, "3.15").value == "Being determined."


def test_the_figures_of_a_financial_entity_are_its_clients_shares_downtime_and_costs() -> None:
    report = draft_report(filing("EU-DORA", Phase.FINAL, known=True))
    numbers = ("2.3", "3.4", "3.5", "3.7", "3.10", "3.16", "4.13")
    assert [_field(report, n).value for n in numbers] == [
        "20 November 2026, 15:00 (UTC+01:00)",
        "12,000",
        "12%",
        "0%",
        "3%",
        "001:06:00",
        "EUR 40,000\nFor forensics so far",
    ]


def test_special_categories_are_named_or_said_to_be_none() -> None:
    def said(kinds: list[str]) -> str:
        context = filing("EU-GDPR", Phase.FULL, known=True, form="nl-ap", data_kinds=kinds)
        return _field(draft_report(context), "4b").value

    assert said(["email_address", "name"]) == "none"
    health = said(["email_address", "medical"])
    assert health
    assert health != "none"
    assert "mail" not in health


def test_contacts_of_organisations_are_no_persons_concerned() -> None:
    check_incident_text(IncidentFile.model_validate({**FULL, "remedies": []}))
    for form, regime, phase in _FORMS:
        context = filing(regime, phase, known=True, form=form.id, remedies=[])
        check_report(draft_report(context), NOW)


@given(known=st.sets(st.sampled_from(sorted(CIRCUMSTANCES))), case=st.sampled_from(_FORMS))
@settings(deadline=None, max_examples=40)
def test_whatever_is_known_a_report_is_complete_exactly_when_nothing_is_missing(
    known: set[str], case: tuple[Form, str, Phase]
) -> None:
    circumstances = {name: CIRCUMSTANCES[name] for name in known}
    form, regime, phase = case
    context = filing(regime, phase, known=True, form=form.id, circumstances=circumstances)
    report = draft_report(context)
    assert report.filing.complete is (report.missing == ())
    asked = {field.n: field for field in report.shown}
    assert all(is_open(asked[missing.n]) for missing in report.missing)
    assert all(field.value for field in report.shown)
    # What the ledger keeps of it gives the same texts: an approval binds to them.
    kept = Report.model_validate_json(report.model_dump_json())
    assert report_json(kept) == report_json(report)
    assert report_html(kept) == report_html(report)
