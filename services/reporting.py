"""Reporting: draft what an authority is owed, with figures from the ledger, and file it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState, Binding
from tocsin.schemas.commit import Commit, DraftArtefact, Fact, FactKind
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.duty import Duty, Severity
from tocsin.schemas.event import Event, FilingDue, ReportDue
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.policy import Policy
from tocsin.schemas.report import DeliveryFigures, Report, ReportContext
from tocsin.schemas.views import IncidentView
from tocsin.services.naming import report_name, texts_hash


class Cases(Protocol):
    """What a report is drafted from."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def revision(self, incident_id: str, number: int) -> IncidentFile:
        """Return the incident as a revision describes it."""
        ...

    async def coverage(self, round_id: str) -> tuple[Coverage, Mapping[str, int]]:
        """Return the equation of all rounds that tell people first, and its people by residence."""
        ...


class Judgement(Protocol):
    """What assessment concluded."""

    async def duty(self, incident_id: str, duty: str) -> Duty:
        """Return the newest version of a duty."""
        ...

    async def severity(self, incident_id: str) -> Severity:
        """Return the newest severity."""
        ...

    async def report(self, incident_id: str, artefact: str) -> Report:
        """Return the drafted report of an artefact."""
        ...


class ReportPress(Protocol):
    """Writes reports."""

    def draft(self, context: ReportContext) -> Report:
        """Return a report filled from the facts."""
        ...

    def files(self, report: Report) -> Mapping[str, bytes]:
        """Return the report as files, by suffix: JSON and HTML."""
        ...


class Approvals(Protocol):
    """What was approved."""

    async def artefacts(self, incident_id: str) -> Sequence[Artefact]:
        """Return an incident's artefacts."""
        ...

    async def approval(self, incident_id: str, artefact: str) -> Approval | None:
        """Return the newest approval of an artefact."""
        ...


class Cabinet(Protocol):
    """Where reports are laid ready for filing; a drill's go elsewhere."""

    async def file(
        self, incident_id: str, name: str, files: Mapping[str, bytes]
    ) -> Sequence[tuple[str, str]]:
        """Write files under a name; return (path, SHA-256) of each."""
        ...


def _hash(press: ReportPress, report: Report) -> str:
    return texts_hash({k: v.decode() for k, v in press.files(report).items()})


async def draft_report(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    judgement: Judgement,
    approvals: Approvals,
    report_press: ReportPress,
    organisations: Mapping[str, Organisation],
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Draft a report from whatever is known: two facts suffice for an early one.

    It tells the newest facts. One that was approved is left alone.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, ReportDue)  # noqa: S101  # narrows the payload
    view = await cases.incident(event.incident)
    number = max(due.revision, view.revision)  # an amendment may have come since
    incident = await cases.revision(event.incident, number)
    organisation = organisations[incident.organisation]
    duty = await judgement.duty(event.incident, due.duty)
    name = report_name(duty)
    states = {a.name: a.state for a in await approvals.artefacts(event.incident)}
    if states.get(name) is ArtefactState.APPROVED:
        yield Commit(done=True)
        return
    figures: DeliveryFigures | None = None
    residences: Mapping[str, int] = {}
    if due.round:
        coverage, residences = await cases.coverage(due.round)
        figures = DeliveryFigures.of(coverage, now)
    report = report_press.draft(
        ReportContext(
            incident_id=event.incident,
            revision=number,
            incident=incident,
            organisation=organisation,
            duty=duty,
            severity=await judgement.severity(event.incident),
            authority=organisation.authorities.get(duty.regime, duty.to),
            figures=figures,
            residences=dict(residences),
            drafted_at=now,
            drill=view.drill,
            locale=policy.report_locales.get(duty.regime, "en"),
        )
    )
    when = f"due {duty.due_at:%Y-%m-%d %H:%M} UTC" if duty.due_at else "without a number in law"
    artefact = Artefact(
        name=name,
        incident=event.incident,
        kind=ArtefactKind.REPORT,
        round="",
        summary=f"{duty.phase} report to {report.authority}, {when} ({duty.cite})",
        binding=Binding(text_hash=_hash(report_press, report), channels=("file",)),
        hands=(view.raised_by,),
    )
    body = report.model_dump(mode="json")
    yield Commit(writes=[Fact(FactKind.REPORT, name, body), DraftArtefact(artefact)], done=True)


async def file_report(
    event: Event,
    checkpoint: str | None,
    *,
    judgement: Judgement,
    approvals: Approvals,
    report_press: ReportPress,
    cabinet: Cabinet,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Lay an approved report ready for filing, and record what was filed when."""
    del checkpoint
    due = event.payload
    assert isinstance(due, FilingDue)  # noqa: S101  # narrows the payload
    report = await judgement.report(event.incident, due.artefact)
    approval = await approvals.approval(event.incident, due.artefact)
    states = {a.name: a.state for a in await approvals.artefacts(event.incident)}
    approved = approval is not None and states.get(due.artefact) is ArtefactState.APPROVED
    if (
        not approved
        or approval is None
        or approval.binding.text_hash != _hash(report_press, report)
    ):
        text = f"{due.artefact} was not filed: it is not what was approved"
        yield Commit(
            writes=[Fact(FactKind.ALARM, f"void:{due.artefact}", {"text": text})], done=True
        )
        return
    written = await cabinet.file(event.incident, due.artefact, report_press.files(report))
    body: dict[str, Any] = {
        "duty": f"{report.regime}:authority:{report.phase}",
        "files": [{"path": path, "sha256": digest} for path, digest in written],
        "filed_at": now,
        "late": report.due_at is not None and now > report.due_at,
    }
    yield Commit(writes=[Fact(FactKind.FILING, due.artefact, body)], done=True)
