"""Assessment: severity and duties of a revision, their clocks, and the reports they ask for."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from tocsin.rules.controllers import no_longer_owed
from tocsin.rules.duties import judge, judged_together
from tocsin.rules.facts import Known, stated_as_hard
from tocsin.rules.filings import Filing
from tocsin.rules.headcount import EVERYWHERE, Headcount, headcount
from tocsin.rules.severity import assess
from tocsin.rules.versions import law_of
from tocsin.schemas.artefact import Artefact, ArtefactKind, ArtefactState, Binding
from tocsin.schemas.commit import Commit, DraftArtefact, Fact, FactKind, Transition, Write
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.event import AssessmentDue, Event, ReportDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.report import Receipt
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.clocks import clocks_of
from tocsin.services.controllers import packet_events
from tocsin.services.decisions import decision_hash, decision_name, is_decided
from tocsin.services.filed_clocks import when_filed
from tocsin.services.naming import report_name


class Cases(Protocol):
    """What assessment reads of the incident."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def revision(self, incident_id: str, number: int) -> IncidentFile:
        """Return the incident as a revision describes it."""
        ...

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def rounds(self, incident_id: str) -> Sequence[RoundView]:
        """Return an incident's rounds, oldest first."""
        ...

    async def first_told(self, incident_id: str) -> Mapping[str, datetime]:
        """Return when the first notice left, by regime; clocks start with it."""
        ...

    async def residences(self, incident_id: str) -> dict[str, int]:
        """Return residence -> people whom an incident touched, as far as they were counted."""
        ...


class Approvals(Protocol):
    """What waits for approval."""

    async def artefacts(self, incident_id: str) -> Sequence[Artefact]:
        """Return an incident's artefacts."""
        ...


class Judgement(Protocol):
    """What was concluded before."""

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        """Return the newest version of every duty."""
        ...


class Filings(Protocol):
    """What was filed, and what came back."""

    async def filings(self, incident_id: str) -> Mapping[str, Any]:
        """Return what was filed, by artefact."""
        ...

    async def receipts(self, incident_id: str) -> Mapping[str, Receipt]:
        """Return what authorities gave back, by artefact."""
        ...


class Standing(Protocol):
    """What was planned."""

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...


def judged(
    incident: IncidentFile,
    regimes: Sequence[Regime],
    policy: Policy,
    *,
    counted: Mapping[str, int] | None,
    raised_at: datetime,
    hard: bool | None = None,
    bad_contacts: Mapping[str, int] | None = None,
    told: Mapping[str, datetime] | None = None,
    filed: Mapping[str, datetime] | None = None,
    also: Collection[str] = (),
) -> list[Duty]:
    """Return the duties of all regimes that protect any of the people concerned, or may.

    The law is that of the day of awareness. `also` names regimes that were judged before they were
    counted: it is said of them, too, that they protect nobody.

    `counted` are people by residence once they were counted, `bad_contacts` those of them without a
    usable contact, `hard` whether telling one by one is hard, once that is decided. `told` says
    when the first notice left, by regime, and `filed` when reports were filed, by `REGIME:RULE`.
    """
    zone = ZoneInfo(policy.home_zone)
    people = headcount(incident, counted)
    severity = assess(incident)
    if hard is None:
        hard = stated_as_hard(incident, people)
    missing = None if bad_contacts is None else Headcount(None, bad_contacts, 0)
    concerned = [
        regime
        for regime in law_of(regimes, incident, raised_at, zone)
        if people.living_in(regime.residences) != 0 or regime.id in also
    ]

    def of(regime: Regime, elsewhere: Mapping[str, Filing]) -> tuple[Duty, ...]:
        without = None if missing is None else _whole(missing, regime)
        return judge(
            regime,
            incident,
            Known(severity, people, hard_to_tell=hard, bad_contacts=without),
            targets=policy.target_hours,
            raised_at=raised_at,
            told_at=(told or {}).get(regime.id),
            zone=zone,
            filed=filed,
            elsewhere=elsewhere,
        )

    return judged_together(concerned, of, filed or {})


def as_closed(duties: Sequence[Duty], before: Sequence[Duty], met: Collection[str]) -> list[Duty]:
    """Return the duties, those that were met as the law of then decided them.

    A rule that changed since recomputes no duty that is closed.
    """
    closed = {duty.id: duty for duty in before if duty.id in met}
    return [
        closed[duty.id] if duty.id in closed and closed[duty.id].law != duty.law else duty
        for duty in duties
    ]


def _counted(rounds: Sequence[RoundView]) -> str:
    """Return the newest round whose people were counted and of which it is planned how."""
    planned = [view.id for view in rounds if view.counts is not None and view.state in _PLANNED]
    return planned[-1] if planned else ""


_PLANNED = ("frozen", "sending", "paused", "closed")


def _whole(missing: Headcount, regime: Regime) -> int:
    if EVERYWHERE in regime.residences:
        return sum(missing.by_residence.values())
    found = missing.living_in(regime.residences)
    return found if isinstance(found, int) else found.maximum or 0 if found else 0


def told_by(duties: Sequence[Duty]) -> datetime | None:
    """Return when the people concerned have to be told: the earliest time that any duty names."""
    times = [
        duty.due_at
        for duty in duties
        if duty.addressee is Addressee.INDIVIDUALS and duty.required is not False and duty.due_at
    ]
    return min(times, default=None)


def _report_events(event: Event, duties: Sequence[Duty], due: AssessmentDue) -> list[Event]:
    """Ask for early reports at once, for the others once people have been counted."""
    wanted = [
        d
        for d in duties
        if d.addressee is Addressee.AUTHORITY
        and d.required is not False
        and (d.phase is Phase.EARLY if not due.round else d.phase is not Phase.EARLY)
    ]
    return [
        Event(
            id=child_id(event.id, "report.due", duty.id),
            incident=event.incident,
            payload=ReportDue(duty=duty.id, revision=due.revision, round=due.round),
        )
        for duty in wanted
    ]


def _decisions(event: Event, duties: Sequence[Duty], raised_by: str) -> list[Write]:
    """A duty that is not owed is a decision: put it before an approver, with its reason."""
    return [
        DraftArtefact(
            Artefact(
                name=decision_name(duty),
                incident=event.incident,
                kind=ArtefactKind.DECISION,
                summary=f"Not owed: {duty.reason} ({duty.cite})",
                binding=Binding(text_hash=decision_hash(duty)),
                hands=(raised_by,),
            )
        )
        for duty in duties
        if duty.required is False and is_decided(duty)
    ]


def _undecided(drafts: Sequence[Write], artefacts: Sequence[Artefact]) -> list[Write]:
    """Leave out what was approved as it stands: an amendment elsewhere asks for nothing again.

    Of drafts with one name the last one stands.
    """
    drafted = {w.artefact.name: w.artefact.binding for w in drafts if isinstance(w, DraftArtefact)}
    kept = {
        a.name
        for a in artefacts
        if a.state is ArtefactState.APPROVED and drafted.get(a.name) == a.binding
    }
    return [w for w in drafts if not isinstance(w, DraftArtefact) or w.artefact.name not in kept]


def _not_owed_after_all(duties: Sequence[Duty], artefacts: Sequence[Artefact]) -> list[Write]:
    """Void reports that were drafted to be on the safe side and turn out not to be owed."""
    names = {report_name(duty) for duty in duties if duty.required is False}
    return [
        Transition("artefact", a.name, ArtefactState.VOID.value, "", "not owed after all")
        for a in artefacts
        if a.name in names and a.state is ArtefactState.SUBMITTED
    ]


def duty_facts(duties: Sequence[Duty], *, revision: int, stage: str, now: datetime) -> list[Write]:
    """Return the duties as facts: the newest of each is the one that counts."""
    return [
        Fact(
            FactKind.DUTY,
            duty.id,
            {
                "revision": revision,
                "stage": stage,
                "at": now,
                "duty": duty.model_dump(mode="json"),
            },
        )
        for duty in duties
    ]


async def assess_incident(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    approvals: Approvals,
    standing: Standing,
    judgement: Judgement,
    filings: Filings,
    regimes: Sequence[Regime],
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Judge a revision, early on what is known, and again once its people are counted."""
    del checkpoint
    due = event.payload
    assert isinstance(due, AssessmentDue)  # noqa: S101  # narrows the payload
    view = await cases.incident(event.incident)
    number = max(due.revision, view.revision)  # an amendment may have come since
    incident = await cases.revision(event.incident, number)
    counted: Mapping[str, int] | None = None
    bad_contacts: Mapping[str, int] | None = None
    hard: bool | None = None
    if due.clocks_only and not due.round:
        due = due.model_copy(update={"round": _counted(await cases.rounds(event.incident))})
    if due.round:
        hard = (await standing.plan(due.round))["decision"]["hard_to_tell"]
        counts = (await cases.round(due.round)).counts
        counted = await cases.residences(event.incident)
        bad_contacts = counts.without_contact_by_residence if counts else {}
    before = await judgement.duties(event.incident)
    filed = await filings.filings(event.incident)
    receipts = await filings.receipts(event.incident)
    found = judged(
        incident,
        regimes,
        policy,
        counted=counted,
        raised_at=view.opened_at,
        hard=hard,
        bad_contacts=bad_contacts,
        told=await cases.first_told(event.incident),
        filed=when_filed(before, filed, receipts),
        also={duty.regime for duty in before},
    )
    found += no_longer_owed(before, found)
    duties = as_closed(found, before, {body["duty"] for body in filed.values()})
    severity = assess(incident)
    stage = "counted" if due.round else "early"
    writes: list[Write] = [
        Fact(
            FactKind.SEVERITY,
            "severity",
            {"revision": number, "stage": stage, **severity.model_dump(mode="json")},
        )
    ]
    writes += duty_facts(duties, revision=number, stage=stage, now=now)
    if due.round and not due.clocks_only:
        artefacts = await approvals.artefacts(event.incident)
        writes += _undecided(_decisions(event, duties, view.raised_by), artefacts)
        writes += _not_owed_after_all(duties, artefacts)
    timers = [timer for duty in duties for timer in clocks_of(event.incident, duty, policy)]
    drafts = [] if due.clocks_only else _report_events(event, duties, due)
    if not due.clocks_only:  # as soon as it is known to be owed; what says the same is left alone
        drafts += packet_events(event, duties, number)
    yield Commit(writes=writes, events=[*drafts, *timers], done=True)
