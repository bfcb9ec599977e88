import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rendering.locales import locales, messages
from tocsin.rendering.report import draft_report, report_json
from tocsin.rendering.report_sheet import report_html
from tocsin.rendering.report_values import CODES
from tocsin.rendering.residences import residents_of
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact import FactState
from tocsin.schemas.report import Report

from golden.sample import NOW, incident_with, report_context

_LAW = Path(__file__).resolve().parents[2].parent / "shared" / "law" / "facts.yaml"


def _field(report: Report, code: str) -> tuple[str, str]:
    found = next(field for field in report.fields if field.key == code)
    return found.value, found.state


def test_every_content_code_of_the_law_has_a_value() -> None:
    if not _LAW.exists():
        pytest.skip("the law's code list is not here")
    listed = yaml.safe_load(_LAW.read_text("utf-8"))["code_lists"]["report_content"]
    assert set(CODES) == set(listed)


@pytest.mark.parametrize("locale", locales())
def test_every_content_code_has_a_label_in_every_locale(locale: str) -> None:
    t = messages(locale)
    assert all(t(f"report.codes.{code}") for code in CODES)


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("counted", [True, False])
def test_a_report_has_one_field_per_code_with_words_and_a_state(
    locale: str, *, counted: bool
) -> None:
    report = draft_report(report_context(content=CODES, locale=locale, counted=counted))
    assert [field.key for field in report.fields] == list(CODES)
    assert all(field.value.strip() for field in report.fields)
    assert {field.state for field in report.fields} <= {state.value for state in FactState}
    assert report.locale == locale


def test_what_is_known_is_said_in_words() -> None:
    report = draft_report(report_context(content=CODES))
    assert _field(report, "A_COUNT_SUBJECTS") == ("12,000 persons", "known")
    assert _field(report, "A_COUNT_RECORDS") == ("15,000 records", "estimated")
    assert _field(report, "A_COUNT_RESIDENTS") == ("4,000 persons", "known")
    assert _field(report, "A_CROSS_BORDER") == ("DE: 8,000, CN: 4,000", "known")
    assert _field(report, "A_LEVEL") == ("high; score 3.50 (ENISA 2013)", "known")
    assert _field(report, "A_SYSTEM") == ("shop database", "known")
    assert (
        "Supplier access closed (done, 20 November 2026)" in _field(report, "A_MEASURES_TAKEN")[0]
    )
    assert "Keys for each supplier (planned" in _field(report, "A_MEASURES_PLANNED")[0]
    assert "Keys for each" not in _field(report, "A_MEASURES_TAKEN")[0]
    assert "The Officer" in _field(report, "A_CONTACT")[0]
    assert "900 cannot be reached" in _field(report, "A_INDIVIDUAL_NOTICE")[0]


def test_what_is_unknown_is_being_determined_and_missing() -> None:
    bare = incident_with(
        "facts", started={}, cause={}, persons={}, records={"state": "cannot_be_determined"}
    )
    context = report_context(
        content=("A_TIME_OCCURRED", "A_COUNT_SUBJECTS", "A_COUNT_RECORDS", "A_FINANCIAL"),
        of=bare,
        counted=False,
    )
    report = draft_report(context)
    assert _field(report, "A_TIME_OCCURRED") == ("Being determined.", "being_determined")
    assert _field(report, "A_COUNT_RECORDS") == ("Cannot be determined.", "cannot_be_determined")
    assert tuple(missing.path for missing in report.missing) == (
        "facts.started",
        "facts.persons",
        "A_FINANCIAL",
    )


def test_a_report_may_say_what_a_notice_may_not() -> None:
    hidden = {"value": "2026-11-12T08:00:00+01:00", "may_publish": False}
    context = report_context(
        content=("A_TIME_OCCURRED",), of=incident_with("facts", started=hidden)
    )
    assert "12 November 2026, 08:00" in _field(draft_report(context), "A_TIME_OCCURRED")[0]


def test_bounds_are_said_when_there_is_no_total() -> None:
    for table, words in (
        ({"minimum": 100, "maximum": 200}, "100 to 200 persons"),
        ({"minimum": 100}, "at least 100 persons"),
        ({"maximum": 200}, "at most 200 persons"),
        ({}, "Being determined."),
    ):
        context = report_context(
            content=("A_COUNT_SUBJECTS",),
            of=incident_with("facts", persons={"value": table}),
            counted=False,
        )
        assert _field(draft_report(context), "A_COUNT_SUBJECTS")[0] == words


def test_a_mistake_has_no_attacker_and_no_ransom() -> None:
    context = report_context(
        content=("A_ATTACKER", "A_RANSOM"), of=incident_with("facts", cause="human_error")
    )
    report = draft_report(context)
    assert {field.state for field in report.fields} == {"not_applicable"}
    assert not report.missing


def test_a_late_report_asks_for_its_reason_and_one_in_time_does_not() -> None:
    late = report_context(content=("A_DELAY_REASON",), due_at=NOW - timedelta(hours=1))
    in_time = report_context(content=("A_DELAY_REASON",))
    (missing,) = draft_report(late).missing
    assert missing.path == "late_reason"
    assert _field(draft_report(in_time), "A_DELAY_REASON")[1] == "not_applicable"


def test_a_code_of_no_catalogue_is_being_determined() -> None:
    report = draft_report(report_context(content=("A_NEW",)))
    assert _field(report, "A_NEW") == ("Being determined.", "being_determined")
    assert [missing.path for missing in report.missing] == ["A_NEW"]


def test_a_duty_without_a_phase_is_not_reported() -> None:
    with pytest.raises(InvalidInput, match=r"duty\.phase"):
        draft_report(report_context(content=(), phase=None))


def test_the_json_is_the_report_and_the_same_every_time() -> None:
    report = draft_report(report_context(content=CODES, locale="zh-Hans"))
    written = report_json(report)
    assert report_json(report) == written
    packet = json.loads(written)
    assert packet["drafted_at"] == "2026-11-24T10:00:00.000000Z"
    assert packet["receipt"] is None
    assert [field["key"] for field in packet["fields"]] == list(CODES)


@pytest.mark.parametrize("locale", locales())
def test_the_page_shows_the_figures_that_add_up(locale: str) -> None:
    report = draft_report(report_context(content=CODES, locale=locale))
    page = report_html(report).decode()
    assert f'<html lang="{locale}"' in page
    assert page.count("<h1>") == 1
    for number in ("12,000", "11,000", "900", "90", "10", "0"):
        assert f"<td>{number}</td>" in page
    assert messages(locale)("report.sum") in page
    figures = report.figures
    assert figures
    assert figures.in_scope == (
        figures.open + figures.reached + figures.announced + figures.unreachable + figures.excluded
    )


def test_a_page_without_a_count_says_so_and_escapes_what_it_holds() -> None:
    context = report_context(
        content=("A_NATURE",),
        of=incident_with("narratives", what_happened={"en": "<b>{{ report }}</b>"}),
        counted=False,
    )
    page = report_html(draft_report(context)).decode()
    assert "Nobody has been counted yet." in page
    assert "&lt;b&gt;{{ report }}&lt;/b&gt;" in page


def test_a_drill_is_marked_in_the_report() -> None:
    context = report_context(content=()).model_copy(update={"drill": True})
    page = report_html(draft_report(context)).decode()
    assert "<title>[EXERCISE] " in page
    assert "No such incident has happened." in page


@pytest.mark.parametrize(
    ("regime", "count"),
    [
        ("CN-PIPL", 4), ("EU-GDPR", 3), ("UK-GDPR", 5), ("US-CA-1798.82", 7), ("US-HIPAA", 16),
        ("US-NY-899AA", 9), ("CA-PIPEDA", 5), ("CA-QC-LAW25", 3), ("BR-LGPD", 0),
    ],
)  # fmt: skip
def test_residents_are_counted_by_the_regimes_jurisdiction(regime: str, count: int) -> None:
    counts = {"CN": 4, "DE": 1, "IS": 2, "GB": 5, "US-CA": 7, "US-NY": 9, "CA": 2, "CH": 11}
    counts["CA-QC"] = 3
    assert residents_of(regime, counts) == count
    assert residents_of(regime, {}) is None


def test_who_lives_in_canada_nobody_knows_where_is_in_no_province() -> None:
    assert residents_of("CA-QC-LAW25", {"CA": 2}) is None
    assert residents_of("CA-QC-LAW25", {"CA-ON": 2}) == 0


@given(codes=st.lists(st.sampled_from(CODES), unique=True), locale=st.sampled_from(["en", "zh-CN"]))
@settings(deadline=None, max_examples=40)
def test_a_field_is_missing_exactly_when_it_is_being_determined(
    codes: list[str], locale: str
) -> None:
    report = draft_report(report_context(content=tuple(codes), locale=locale, counted=False))
    open_fields = [field for field in report.fields if field.state == "being_determined"]
    assert bool(open_fields) == bool(report.missing)
    assert len(report.missing) <= len(open_fields)
