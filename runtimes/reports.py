"""Reports as those who file them look at them: what is drafted, laid ready, and receipted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.ledger import reads
from tocsin.rules.report_checks import is_late
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.report_book import ReportBook
from tocsin.runtimes.report_press import ReportPress, can_typeset
from tocsin.schemas.artefact import Artefact, ArtefactKind
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.errors import NotFound
from tocsin.schemas.report import Receipt, Report


@dataclass(frozen=True, slots=True)
class ReportStanding:
    """How one report stands."""

    artefact: Artefact
    report: Report
    laid_at: datetime | None
    """When it was laid ready for filing; None before."""
    files: tuple[Mapping[str, str], ...]
    """Where it lies: path and SHA-256."""
    late: bool
    """Its due time was over when it was laid ready, or is over now."""
    late_reason: str | None
    receipt: Receipt | None

    @property
    def wants(self) -> str:
        """What is to be done with it next, in a word."""
        if self.laid_at is None:
            return self.artefact.state.value
        return "receipted" if self.receipt else "receipt missing"


async def reports(runtime: Runtime, incident_id: str) -> tuple[ReportStanding, ...]:
    """Return an incident's reports by name; NotFound without the incident."""
    book = ReportBook(runtime.ledger)
    await book.incident(incident_id)
    filings, receipts = await book.filings(incident_id), await book.receipts(incident_id)
    found = []
    for artefact in await runtime.ledger.ask(reads.artefacts, incident_id):
        if artefact.kind is not ArtefactKind.REPORT:
            continue
        report = await book.report(incident_id, artefact.name)
        filed: Mapping[str, Any] | None = filings.get(artefact.name)
        reason = await book.late_reason(incident_id, artefact.name)
        now = runtime.step.clock.now()
        found.append(
            ReportStanding(
                artefact=artefact,
                report=report,
                laid_at=parse_instant(filed["filed_at"]) if filed else None,
                files=tuple(filed["files"]) if filed else (),
                late=filed["late"] if filed else is_late(report, now),
                late_reason=reason[0] if reason else None,
                receipt=receipts.get(artefact.name),
            )
        )
    return tuple(found)


async def one_report(runtime: Runtime, incident_id: str, name: str) -> ReportStanding:
    """Return one report; NotFound names those that there are."""
    known = await reports(runtime, incident_id)
    for standing in known:
        if standing.artefact.name == name:
            return standing
    names = ", ".join(s.artefact.name for s in known) or "none yet: is `tocsin run` running?"
    message = f"{incident_id} has no report {name!r}"
    raise NotFound(message, field="artefact", fix=f"there are: {names}")


async def packet(standing: ReportStanding) -> Mapping[str, bytes]:
    """Return the files of a report as they are laid, by name."""
    files = await ReportPress().files(standing.report)
    return {f"{standing.artefact.name}{suffix}": content for suffix, content in files.items()}


def pdf_note() -> str:
    """Return what is to be done for a PDF; empty where nothing is."""
    return "" if can_typeset() else "No PDF here: pip install 'tocsin[reports]'"
