"""Reports as the stages see them: drafted, as texts that an approval binds to, and as files."""

import contextlib
from collections.abc import Mapping
from importlib.util import find_spec

from tocsin.rendering import edpb
from tocsin.rendering.report import draft_report, report_json
from tocsin.rendering.report_sheet import report_html, report_sheet
from tocsin.schemas.report import Report, ReportContext
from tocsin.typesetting.press import Press, TypesettingFailed

TYPESETTER = "tocsin.typesetting.report_typesetter"
_PARTS = ("typst", "manimgx_fonts", "manimgx_fonts_cjk")
_AT_ONCE = 1


class ReportPress:
    """Writes reports."""

    def __init__(self) -> None:
        """Set one PDF at a time: each takes a process and about 150 MB."""
        self._press = Press(_AT_ONCE, TYPESETTER)

    def draft(self, context: ReportContext) -> Report:
        """Return a report filled from the facts."""
        return draft_report(context)

    def texts(self, report: Report) -> Mapping[str, str]:
        """Return what an approval binds to, by suffix: the packet and the page."""
        return {name: content.decode() for name, content in _texts(report).items()}

    async def files(self, report: Report) -> Mapping[str, bytes]:
        """Return the report as files, by suffix.

        Without a PDF where the extra `reports` is not installed or the setting fails: a report is
        due in hours, and its page says the same.
        """
        files = dict(_texts(report))
        if can_typeset():
            job = {"sheet": report_sheet(report), "at": int(report.drafted_at.timestamp())}
            with contextlib.suppress(TypesettingFailed):
                files[".pdf"] = await self._press.bytes_of(job)
        return files


def can_typeset() -> bool:
    """Whether what sets a PDF is installed."""
    return all(find_spec(name) is not None for name in _PARTS)


def _texts(report: Report) -> Mapping[str, bytes]:
    files = {".json": report_json(report), ".html": report_html(report)}
    if report.form is not None and report.form.id == edpb.FORM:
        files[".edpb.json"] = edpb.edpb_json(report)
    return files
