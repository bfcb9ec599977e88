"""What was filed to authorities, and what they gave back, as the ledger has it."""

from collections.abc import Mapping
from datetime import datetime

from tocsin.ledger import reads
from tocsin.runtimes.books import DutyBook
from tocsin.schemas.artefact import ArtefactKind
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.commit import FactKind
from tocsin.schemas.report import Before, Receipt


class ReportBook(DutyBook):
    """Filings in their order, with receipts and reasons."""

    async def before(self, incident_id: str, regime: str, form: str) -> Before | None:
        """Return the newest filing on a form to the authority of a regime; None: there is none."""
        receipts = await self.receipts(incident_id)
        for name in reversed(tuple(await self.filings(incident_id))):
            if not name.startswith(f"{ArtefactKind.REPORT}-"):
                continue  # what the media got, or what was met outside, is on no form
            report = await self.report(incident_id, name)
            if report.regime == regime and (report.form.id if report.form else "") == form:
                receipt = receipts.get(name)
                reference = receipt.reference if receipt else ""
                return Before(artefact=name, fields=report.fields, reference=reference)
        return None

    async def late_reason(self, incident_id: str, artefact: str) -> tuple[str, str] | None:
        """Return why a report is late and who says so; None while nobody does."""
        body = await self._ledger.ask(reads.fact, incident_id, FactKind.LATE_REASON, artefact)
        return None if body is None else (body["reason"], body["by"])

    async def receipts(self, incident_id: str) -> Mapping[str, Receipt]:
        """Return what authorities gave back, by artefact."""
        bodies = await self._ledger.ask(reads.facts, incident_id, FactKind.RECEIPT)
        return {name: Receipt.model_validate(body) for name, body in bodies.items()}

    async def sending_since(self, round_id: str) -> datetime | None:
        """Return when a round was first sent on its way; None before."""
        incident_id = (await self.round(round_id)).incident
        moves = await self._ledger.ask(reads.history, incident_id, FactKind.TRANSITION)
        times = (at for at, name, move in moves if name == round_id and move["state"] == "sending")
        first = next(times, None)
        return None if first is None else parse_instant(first)
