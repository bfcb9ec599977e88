"""What single forms ask, each in its own way: language, kind of report, bands, conditions."""

from typing import Any

import pytest
from tocsin.rendering.report import draft_report
from tocsin.rendering.report_sheet import report_html
from tocsin.schemas.circumstances import Circumstances
from tocsin.schemas.duty import Phase
from tocsin.schemas.report import Before, Report, ReportField

from golden.filings import CIRCUMSTANCES, FIGURES, FULL, filing


def _field(report: Report, n: str) -> ReportField:
    return next(field for field in report.fields if field.n == n)


def test_a_form_speaks_the_language_of_its_authority_where_no_catalogue_does() -> None:
    context = filing(
        "JP-APPI",
        Phase.EARLY,
        known=True,
        circumstances={**CIRCUMSTANCES, "harm_so_far": {}},
        narratives={**FULL["narratives"], "what_happened": {"en": "Copied.", "ja": "複製された。"}},
    )
    report = draft_report(context)
    assert report.locale == "en"
    event = _field(report, "1b")
    assert (event.label, event.label_en, event.value) == ("発生事案", "Event", "漏えい (leak)")
    assert _field(report, "5").value == "調査中 (Being investigated)"
    assert "複製された。" in _field(report, "1f").value
    page = report_html(report).decode()
    assert '<th scope="row"><span lang="ja">発生事案</span><br>Event</th>' in page
    assert "<h2>4 原因 (4 Cause)</h2>" in page
    (missing,) = report.missing
    assert (missing.n, missing.label) == (
        "5",
        "Secondary damage or the risk of it, and its content",
    )
    english = report_html(draft_report(filing("US-CA", Phase.FULL, known=True))).decode()
    assert "<span lang" not in english


@pytest.mark.parametrize(
    ("phase", "followed", "kind"),
    [
        (Phase.EARLY, False, "速報 (prompt report)"),
        (Phase.EARLY, True, "続報 (update)"),
        (Phase.FINAL, True, "確報 (final report)"),
    ],
)
def test_a_japanese_report_names_its_kind(phase: Phase, kind: str, *, followed: bool) -> None:
    first = draft_report(filing("JP-APPI", Phase.EARLY, known=True))
    before = Before(artefact=first.artefact, fields=first.fields, reference="R-1")
    report = draft_report(filing("JP-APPI", phase, known=True, before=before if followed else None))
    assert _field(report, "0d").value == kind


def test_a_brazilian_communication_is_complete_when_nothing_is_open() -> None:
    assert (
        _field(draft_report(filing("BR-LGPD", Phase.FULL, known=True)), "4").value
        == "completa (complete)"
    )
    bare = draft_report(filing("BR-LGPD", Phase.FULL, known=False))
    assert _field(bare, "4").value == "preliminar (preliminary)"


@pytest.mark.parametrize(
    ("regime", "count", "asked"),
    [
        ("US-ME", 1_000, False),
        ("US-ME", 1_001, True),
        ("US-NY", 5_000, False),
        ("US-NY", 5_001, True),
    ],
)
def test_credit_bureaus_are_asked_about_above_the_number_of_the_state(
    regime: str, count: int, *, asked: bool
) -> None:
    context = filing(regime, Phase.FULL, known=True)
    report = draft_report(context.model_copy(update={"residences": {regime: count}}))
    assert ("oth.cra" in {field.key for field in report.shown}) is asked
    if asked:
        assert next(f for f in report.shown if f.key == "oth.cra").value == "No"


def test_how_many_of_a_state_were_told_follows_from_the_figures_or_is_stated() -> None:
    context = filing("US-TX", Phase.FULL, known=True).model_copy(
        update={"residences": {"US-TX": 300, "DE": 700}}
    )

    def told(reached: int, **stated: Any) -> ReportField:
        figures = FIGURES.model_copy(update={"reached": reached, "open": 12_000 - reached})
        incident = context.incident.model_copy(
            update={
                "circumstances": Circumstances.model_validate(
                    {**CIRCUMSTANCES, "told_by_residence": stated or None}
                )
            }
        )
        filed = context.model_copy(update={"figures": figures, "incident": incident})
        return _field(draft_report(filed), "9")

    assert told(12_000).raw == 300
    assert told(0, value={"US-TX": 7}).raw == 0
    assert told(500).state == "being_determined"
    assert told(500, value={"US-TX": 120, "DE": 80}).raw == 120


@pytest.mark.parametrize(
    ("count", "answer"),
    [(1, "1"), (2, "2-10"), (10_000, "5,001-10,000"), (10_000_001, "10,000,001 or more")],
)
def test_the_australian_form_takes_a_band(count: int, answer: str) -> None:
    context = filing("AU-NDB", Phase.FULL, known=True)
    figures = FIGURES.model_copy(update={"in_scope": count})
    report = draft_report(context.model_copy(update={"figures": figures}))
    assert _field(report, "2.6").value == answer
    unknown = draft_report(filing("AU-NDB", Phase.FULL, known=False))
    assert _field(unknown, "2.6").value == "Unknown"


def test_services_against_identity_theft_are_told_with_provider_and_duration() -> None:
    offer = {"id": "CREDIT_MONITORING", "months": 24, "provider": "Watch Inc."}
    report = draft_report(filing("US-ME", Phase.FULL, known=True, remedies=[offer]))
    answers = [_field(report, n).value for n in ("3.2.1", "3.2.2", "3.2.3")]
    assert answers == ["Yes", "24", "Watch Inc."]
    without = draft_report(filing("US-ME", Phase.FULL, known=True))
    assert _field(without, "3.2.1").value == "No"
    assert "3.2.2" not in {field.n for field in without.shown}
    assert any(
        missing.path == "remedies"
        for missing in draft_report(filing("US-ME", Phase.FULL, known=False)).missing
    )


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("2026-11-24", "公表済 (done)"),
        ("2026-11-25", "公表予定 (planned)"),
        (None, "調査中 (being investigated)"),
    ],
)
def test_a_publication_is_done_planned_or_open(day: str | None, answer: str) -> None:
    circumstances = {**CIRCUMSTANCES, "made_public_on": day}
    report = draft_report(filing("JP-APPI", Phase.FINAL, known=True, circumstances=circumstances))
    assert _field(report, "7").value == answer
    assert ("7a" in {field.n for field in report.shown}) is (day is not None)


def test_advice_names_the_organisation_and_leaves_out_what_needs_a_notice() -> None:
    told = _field(draft_report(filing("AU-NDB", Phase.FULL, known=True)), "1.4").value
    assert "{" not in told
    assert "public code" not in told
    assert len(told.splitlines()) > 2


@pytest.mark.parametrize(
    ("regime", "public"),
    [
        ("US-TX", {"1", "7", "8", "10", "11"}),
        ("US-GLBA-FTC", {"1", "2", "3", "4", "5"}),
        ("SG-PDPA", set()),
        ("JP-APPI", set()),
    ],
)
def test_what_an_authority_makes_public_is_marked(regime: str, public: set[str]) -> None:
    report = draft_report(filing(regime, Phase.FULL, known=True))
    assert {field.n for field in report.fields if field.published} == public


@pytest.mark.parametrize("regime", ["US-ME", "US-SEC-8K"])
def test_of_some_filings_all_becomes_public(regime: str) -> None:
    report = draft_report(filing(regime, Phase.FULL, known=True))
    assert all(field.published for field in report.fields)


def test_what_an_organisation_is_under_a_law_is_no_sector_of_it() -> None:
    facts = {**FULL["facts"], "sectors": ["bank", "listed_company"]}
    report = draft_report(filing("US-ME", Phase.FULL, known=True, facts=facts))
    assert _field(report, "1.4").value == "Financial Services"
    facts["sectors"] = ["listed_company"]
    report = draft_report(filing("US-ME", Phase.FULL, known=True, facts=facts))
    assert _field(report, "1.4").value == "Other Commercial"


def test_no_minors_are_known_to_be_none() -> None:
    circumstances = {**CIRCUMSTANCES, "minors_count": None}
    facts = {**FULL["facts"], "minors": False}
    context = filing("BR-LGPD", Phase.FULL, known=True, facts=facts, circumstances=circumstances)
    assert _field(draft_report(context), "16").raw == 0
    unknown = filing("BR-LGPD", Phase.FULL, known=True, circumstances=circumstances)
    assert _field(draft_report(unknown), "16").state == "being_determined"
