"""Reporting: draft what an authority is owed, with figures from the ledger, and file it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Protocol

from tocsin.rules.grading import grade_of
from tocsin.rules.headcount import headcount
from tocsin.rules.versions import deciding
from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState, Binding
from tocsin.schemas.commit import Commit, DraftArtefact, Fact, FactKind, Write
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.duty import Duty, Severity
from tocsin.schemas.event import Event, FilingDue, ReportDue
from tocsin.schemas.form import Form
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import NetworkGrade
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import NO_FORM, Regime
from tocsin.schemas.report import Before, DeliveryFigures, Report, ReportContext
from tocsin.schemas.views import IncidentView
from tocsin.services.filed_clocks import start_clocks
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

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        """Return the newest version of every duty."""
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

    def texts(self, report: Report) -> Mapping[str, str]:
        """Return what an approval binds to, by suffix: the packet and the page."""
        ...

    async def files(self, report: Report) -> Mapping[str, bytes]:
        """Return the report as files, by suffix: those texts, and a PDF set from them."""
        ...


class Filings(Protocol):
    """What was filed before, and why something is late."""

    async def before(self, incident_id: str, regime: str, form: str) -> Before | None:
        """Return the newest filing on a form to the authority of a regime; None: there is none."""
        ...

    async def late_reason(self, incident_id: str, artefact: str) -> tuple[str, str] | None:
        """Return why a report is late and who says so; None while nobody does."""
        ...

    async def sending_since(self, round_id: str) -> datetime | None:
        """Return when a round was first sent on its way; None before."""
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
    return texts_hash(press.texts(report))


def _form_of(
    forms: Sequence[Form], regimes: Sequence[Regime], duty: Duty, organisation: Organisation
) -> Form | None:
    """Return the form that the organisation names, else the duty's rule, else what serves it.

    A rule that says that there is none has the last word.
    """
    regime = deciding(regimes, duty)
    rules = regime.reports if regime else ()
    named = next((r.form for r in rules if duty.rule in {"", r.id} and r.phase is duty.phase), "")
    if named == NO_FORM:
        return None
    chosen = organisation.forms.get(duty.regime)
    own = next((f for f in forms if f.id == chosen and f.fits(duty.regime, duty.phase)), None)
    if own is not None:
        return own
    by_id = next((form for form in forms if form.id == named), None)
    return by_id or next((form for form in forms if form.takes(duty.regime, duty.phase)), None)


def _locale(form: Form | None, wanted: str | None, duty: Duty, organisation: Organisation) -> str:
    """Return the language of a report: a form that the organisation names keeps to its own."""
    named = form is not None and organisation.forms.get(duty.regime) == form.id
    if form is not None and (wanted is None or (named and wanted not in form.locales)):
        return form.locales[0]
    return wanted or "en"


async def draft_report(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    judgement: Judgement,
    approvals: Approvals,
    filings: Filings,
    report_press: ReportPress,
    forms: Sequence[Form],
    regimes: Sequence[Regime],
    organisations: Mapping[str, Organisation],
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Draft a report from whatever is known: two facts suffice for an early one.

    It tells the newest facts. What was approved is never drafted anew: facts that changed since are
    told in another filing of the same phase, which has no due time of its own.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, ReportDue)  # noqa: S101  # narrows the payload
    view = await cases.incident(event.incident)
    number = max(due.revision, view.revision)  # an amendment may have come since
    incident = await cases.revision(event.incident, number)
    organisation = organisations[incident.organisation]
    duty = await judgement.duty(event.incident, due.duty)
    form = _form_of(forms, regimes, duty, organisation)
    filing = _number(duty, await approvals.artefacts(event.incident))
    name = report_name(duty, number=filing)
    if filing > 1:
        duty = duty.model_copy(update={"due_at": None})
    figures: DeliveryFigures | None = None
    residences: Mapping[str, int] = {}
    told_from: datetime | None = None
    if due.round:
        coverage, residences = await cases.coverage(due.round)
        figures = DeliveryFigures.of(coverage, now)
        told_from = await filings.sending_since(due.round)
    grade, settled = _grade(incident, duty, regimes, residences)
    late = await filings.late_reason(event.incident, name)
    locale = _locale(form, policy.report_locales.get(duty.regime), duty, organisation)
    report = report_press.draft(
        ReportContext(
            incident_id=event.incident,
            artefact=name,
            revision=number,
            incident=incident,
            organisation=organisation,
            duty=duty,
            severity=await judgement.severity(event.incident),
            authority=organisation.authorities.get(duty.regime, duty.to),
            form=form,
            before=await filings.before(event.incident, duty.regime, form.id if form else ""),
            grade=grade,
            grade_settled=settled,
            figures=figures,
            told_from=told_from,
            residences=dict(residences),
            drafted_at=now,
            drill=view.drill,
            locale=locale,
            late_reason=late[0] if late else None,
        )
    )
    if filing > 1 and not report.differences:
        yield Commit(done=True)  # the authority knows all of it
        return
    when = f"due {duty.due_at:%Y-%m-%d %H:%M} UTC" if duty.due_at else "without a due time"
    artefact = Artefact(
        name=name,
        incident=event.incident,
        kind=ArtefactKind.REPORT,
        round="",
        summary=f"{duty.phase} report to {report.authority}, {when} ({duty.cite})",
        binding=Binding(text_hash=_hash(report_press, report), channels=("file",)),
        hands=(view.raised_by, *([late[1]] if late and late[1] != view.raised_by else [])),
    )
    body = report.model_dump(mode="json")
    yield Commit(writes=[Fact(FactKind.REPORT, name, body), DraftArtefact(artefact)], done=True)


def _grade(
    incident: IncidentFile, duty: Duty, regimes: Sequence[Regime], residences: Mapping[str, int]
) -> tuple[NetworkGrade | None, bool]:
    """Return the network grade that the duty was judged by, and whether it is settled."""
    regime = deciding(regimes, duty)
    if regime is None:
        return None, False
    people = headcount(incident, residences or None)
    grade, settled = grade_of(incident.facts, people.living_in(regime.residences))
    shown = settled or grade is not NetworkGrade.GENERAL
    return (grade if shown else None), settled


def _number(duty: Duty, artefacts: Sequence[Artefact]) -> int:
    """Return which filing of its phase is next: one more than were approved."""
    approved = {a.name for a in artefacts if a.state is ArtefactState.APPROVED}
    return next(n for n in count(1) if report_name(duty, number=n) not in approved)


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
    """Lay an approved report ready for filing, and record what was laid when.

    Whoever files it puts the authority's receipt on record afterwards.
    """
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
        yield Commit(writes=[_alarm("void", due.artefact, text)], done=True)
        return
    files = await report_press.files(report)
    written = await cabinet.file(event.incident, due.artefact, files)
    late = report.due_at is not None and now > report.due_at
    body: dict[str, Any] = {
        "duty": report.meets,
        "files": [{"path": path, "sha256": digest} for path, digest in written],
        "filed_at": now,
        "late": late,
    }
    writes: list[Write] = [Fact(FactKind.FILING, due.artefact, body)]
    if late and not report.late_reason:
        text = f"{due.artefact} was laid ready after its due time and gives no reason: say why"
        writes.append(_alarm("late", due.artefact, text))
    if ".pdf" not in files:
        text = f"{due.artefact} was laid ready without its PDF; the page (.html) says the same"
        writes.append(_alarm("pdf", due.artefact, text))
    clocks = start_clocks(event, await judgement.duties(event.incident))
    yield Commit(writes=writes, events=clocks, done=True)


def _alarm(kind: str, artefact: str, text: str) -> Fact:
    return Fact(FactKind.ALARM, f"{kind}:{artefact}", {"text": text})
