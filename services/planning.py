"""Planning: render every cohort's text, decide how people are told, draft what needs approval."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from tocsin.rules.controllers import processor_findings
from tocsin.rules.ladder import by_agreement, permitted, permitted_to
from tocsin.rules.lateness import late_for
from tocsin.rules.limits import UNLIMITED, Limits
from tocsin.rules.public_files import term_of
from tocsin.rules.residence import in_play
from tocsin.schemas.artefact import ArtefactKind
from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, DraftArtefact, Fact, FactKind, Write
from tocsin.schemas.duty import SwitchDecision
from tocsin.schemas.event import AssessmentDue, Event, PlanningDue
from tocsin.schemas.finding import ranked
from tocsin.schemas.identifiers import child_id, public_code
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.notice import Followed, Publication
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.rounds import RoundKind
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.assessment import told_by
from tocsin.services.drafting import (
    Decided,
    Drafted,
    Press,
    announcement_artefact,
    decide_follow_up,
    draft_notices,
    notice_artefact,
    notice_context,
    plan_body,
)
from tocsin.services.enrolment import Pools, Reserved, reserve
from tocsin.services.forecast import forecast
from tocsin.services.media import media_drafts
from tocsin.services.naming import artefact_name
from tocsin.services.public_drafts import (
    Publications,
    PublicPress,
    draft_genuine,
    draft_pages,
    found_on,
)
from tocsin.services.relooking import relook
from tocsin.services.switching import switch


class Cases(Protocol):
    """What planning reads of the incident."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def revision(self, incident_id: str, number: int) -> IncidentFile:
        """Return the incident as a revision describes it."""
        ...

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def cohorts(self, round_id: str) -> Sequence[Cohort]:
        """Return a round's cohorts."""
        ...


class Standing(Protocol):
    """What was planned."""

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...

    async def paces(self) -> Mapping[str, float]:
        """Return lane -> notices per second, as measured in earlier rounds."""
        ...


class RoundKeys(Protocol):
    """Keys that live outside the ledger."""

    def of(self, round_id: str) -> bytes:
        """Return a round's key."""
        ...


def decided_on(
    view: RoundView,
    case: IncidentView,
    incident: IncidentFile,
    cohorts: Sequence[Cohort],
    decision: SwitchDecision,
    *,
    organisation: Organisation,
    regimes: Sequence[Regime],
    key: bytes,
    publication: Publication,
    follows: Sequence[Followed] = (),
    late: Collection[str] = (),
) -> Decided:
    """Return a round of which it is decided how its people are told, with what its texts may say.

    `key` is the round's, `publication` where its public files will stand.
    """
    assert view.counts is not None  # noqa: S101  # it follows the freeze
    concerned = [
        r
        for r in in_play(regimes, incident, case.opened_at)
        if any(r.id in c.regimes for c in cohorts)
    ]
    context = notice_context(
        view,
        incident,
        organisation,
        regimes=concerned,
        drill=case.drill,
        key=key,
        publication=publication,
        follows=follows,
        late=late,
    )
    ladder = [Channel(name) for name in view.counts.ladder]
    law = {c: [r for r in concerned if r.id in c.regimes] for c in cohorts}
    return Decided(
        view,
        context,
        cohorts,
        {
            c: permitted_to(c.recipient, permitted(ladder, theirs), theirs)
            for c, theirs in law.items()
        },
        {cohort: by_agreement(theirs) for cohort, theirs in law.items()},
        decision,
        concerned,
    )


async def plan(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    standing: Standing,
    press: Press,
    public_press: PublicPress,
    publications: Publications,
    round_keys: RoundKeys,
    pools: Pools,
    organisations: Mapping[str, Organisation],
    regimes: Sequence[Regime],
    policy: Policy,
    now: datetime,
    limits: Limits = UNLIMITED,
) -> AsyncIterator[Commit]:
    """Draft the notice and, where people cannot all be told one by one, the announcement."""
    del checkpoint
    assert isinstance(event.payload, PlanningDue)  # noqa: S101  # narrows the payload
    view = await cases.round(event.payload.round)
    case = await cases.incident(event.incident)
    incident = await cases.revision(event.incident, view.revision)
    first = RoundKind(view.kind).is_first_notice
    cohorts = [c for c in await cases.cohorts(view.id) if c.kinds or not first]
    before = [await cases.round(name) for name in view.follows]
    if not first and not cohorts:  # the page alone: it speaks to those of the rounds before
        theirs = [c for r in before for c in await cases.cohorts(r.id) if c.kinds]
        cohorts = [replace(c, id=n) for n, c in enumerate(theirs)]
    measured = await standing.paces()
    counts = view.counts
    assert counts is not None  # noqa: S101  # planning follows the freeze
    decision, duties = switch(
        counts,
        incident,
        cohorts,
        regimes,
        policy,
        raised_at=case.opened_at,
        now=now,
        measured=measured,
        limits=limits,
    )
    if not first:
        plans = [await standing.plan(r.id) for r in before]
        told = [SwitchDecision.model_validate(p["decision"]) for p in plans]
        decision = decide_follow_up(told, persons=counts.persons)
    decided = decided_on(
        view,
        case,
        incident,
        cohorts,
        decision,
        organisation=organisations[incident.organisation],
        regimes=regimes,
        key=round_keys.of(view.id),
        publication=await publications.publication(view, drill=case.drill),
        follows=[Followed(public_code(round_keys.of(r.id), r.id), r.opened_at) for r in before],
        late=late_for(duties, now) if first else (),
    )
    drafted = Drafted({}, (), [])
    if not decision.replaces_notices:
        drafted = draft_notices(decided, press)
    texts, said = dict(drafted.texts), drafted.open_texts
    pages: dict[str, str] = {}
    if decision.announce:
        pages = draft_pages(decided, public_press, said)
    elif texts:
        texts |= draft_genuine(decided, public_press, said)
    reserved = Reserved(None)
    if texts:
        reserved = await reserve(
            view.id, decided.context.incident, counts, drill=case.drill, pools=pools
        )
    on_pages = found_on(decided, pages, public_press)
    # no law says by when people are told more
    by = told_by(duties) if first else None
    body = plan_body(
        decided,
        counts,
        policy,
        ranked([*drafted.findings, *reserved.findings, *processor_findings(incident)]),
        page_findings=on_pages,
        told_by=by,
        codes=reserved.plan,
        term=term_of(decided.regimes, policy.announcement_days),
        expected=forecast(counts.by_lane, policy, measured, limits, now=now, until=by),
    )
    drafts = [
        artefact
        for artefact in (
            notice_artefact(decided, counts, texts, body) if texts else None,
            announcement_artefact(decided, pages, body, on_pages) if pages else None,
        )
        if artefact is not None
    ]
    recount = Event(
        id=child_id(event.id, "assessment.due", 0),
        incident=event.incident,
        payload=AssessmentDue(revision=view.revision, round=[*view.follows, view.id][0]),
    )
    writes: list[Write] = [*reserved.writes, Fact(FactKind.PLAN, view.id, body, view.id)]
    writes += [Fact(FactKind.TEXT, name, {"text": text}, view.id) for name, text in texts.items()]
    if pages:
        name = artefact_name(ArtefactKind.ANNOUNCEMENT, view.id)
        writes.append(Fact(FactKind.ANNOUNCEMENT, name, {"draft": pages}, view.id))
    hands = (case.raised_by,)
    writes += media_drafts(decided, duties, public_press, said, hands=hands) if first else []
    writes += [DraftArtefact(a.model_copy(update={"hands": hands})) for a in drafts]
    again = relook(event.incident, view.id, due=now + policy.replan_every)
    yield Commit(writes=writes, events=[recount, again], done=True)
