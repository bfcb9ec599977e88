"""Reports as the reference checker sees them: PDF/UA-1, on every form, in every phase."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tocsin.rendering.report import draft_report
from tocsin.rendering.report_sheet import report_sheet
from tocsin.schemas.duty import Phase
from tocsin.schemas.report import Before
from tocsin.typesetting.report_typesetter import typeset

from fakes.verapdf import failures
from golden.filings import filing
from golden.sample import report_context

_AT = 1_795_600_000


def _check(sheet: dict[str, object], path: Path) -> None:
    # As it reaches the typesetter: by way of JSON.
    path.write_bytes(typeset(json.loads(json.dumps(sheet)), _AT))
    assert failures(path) == []


@pytest.mark.parametrize(
    ("regime", "phase"),
    [
        ("CN-PIPL", Phase.EARLY),
        ("CN-PIPL", Phase.FINAL),
        ("CN-PIPL", Phase.FULL),
        ("EU-GDPR", Phase.FULL),
        ("US-HIPAA", Phase.FULL),
        ("US-CA", Phase.FULL),
        ("US-ME", Phase.FULL),
        ("BR-LGPD", Phase.FULL),
        ("CA-QC-LAW25", Phase.FULL),
        ("JP-APPI", Phase.EARLY),
        ("KR-PIPA", Phase.FULL),
    ],
)
def test_a_follow_up_that_is_late_is_pdf_ua(regime: str, phase: Phase, tmp_path: Path) -> None:
    first = draft_report(filing(regime, phase, known=False))
    before = Before(artefact=first.artefact, fields=first.fields, reference="REF-1")
    report = draft_report(
        filing(
            regime,
            phase,
            known=True,
            before=before,
            due_in=-timedelta(hours=1),
            late_reason="The logs were encrypted.",
            drill=True,
        )
    )
    assert report.differences
    _check(report_sheet(report), tmp_path / "report.pdf")


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_a_report_without_a_form_is_pdf_ua(locale: str, tmp_path: Path) -> None:
    content = ("A_ENTITY", "A_NATURE", "A_FINANCIAL")
    report = draft_report(report_context(content=content, locale=locale, counted=False))
    _check(report_sheet(report), tmp_path / "report.pdf")


def test_the_same_report_is_the_same_file_to_the_byte() -> None:
    sheet = report_sheet(draft_report(filing("CN-PIPL", Phase.EARLY, known=False)))
    assert typeset(sheet, _AT) == typeset(sheet, _AT)
