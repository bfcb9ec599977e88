"""Planning: render every cohort's text, decide how people are told, draft what needs approval."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tocsin.rules.gates import check_notice
from tocsin.rules.pacing import estimate_s
from tocsin.rules.switch import decide_switch
from tocsin.schemas.artefact import Artefact, ArtefactKind, Binding
from tocsin.schemas.audience import (
    SHARED_LANE,
    UNADDRESSABLE_LANE,
    AudienceCounts,
    Channel,
    Cohort,
)
from tocsin.schemas.canonical import canonical, sha256_hex
from tocsin.schemas.commit import Commit, DraftArtefact, Fact, FactKind, Write
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import SwitchDecision
from tocsin.schemas.event import AssessmentDue, Event, PlanningDue
from tocsin.schemas.identifiers import child_id, public_code
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.notice import NoticeContext, RenderedNotice, Segments
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.outcome import Reason
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.views import IncidentView, RoundView


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


class Press(Protocol):
    """Turns a cohort into its texts."""

    def notice(self, cohort: Cohort, context: NoticeContext) -> RenderedNotice:
        """Return the e-mail of a cohort."""
        ...

    def segments(self, notice: RenderedNotice, context: NoticeContext) -> Segments:
        """Return it serialised and cut at its slots."""
        ...

    def announcement(
        self,
        context: NoticeContext,
        *,
        kinds: tuple[DataKind, ...],
        regimes: tuple[str, ...],
        locales: Sequence[str],
        individual: bool,
    ) -> Mapping[str, bytes]:
        """Return the pages of an announcement, by file name."""
        ...


class RoundKeys(Protocol):
    """Keys that live outside the ledger."""

    def of(self, round_id: str) -> bytes:
        """Return a round's key."""
        ...


def texts_hash(texts: Mapping[str, str]) -> str:
    """Return one hash over all texts of a round, by name."""
    return sha256_hex(canonical({name: sha256_hex(text.encode()) for name, text in texts.items()}))


def plan_hash(plan: Mapping[str, Any]) -> str:
    """Return the hash of a plan."""
    return sha256_hex(canonical(plan))


def _decide(
    counts: AudienceCounts, incident: IncidentFile, regimes: Sequence[Regime], policy: Policy
) -> SwitchDecision:
    excluded = counts.by_obstacle.get(Reason.NONE_OF_THEIR_DATA, 0)
    owed = counts.obligations - excluded
    unaddressable = counts.by_lane.get(UNADDRESSABLE_LANE, 0) - excluded
    limit = incident.announcement_limit
    return decide_switch(
        persons=owed,
        limit=limit if limit is not None else policy.announcement_limit,
        addressable=owed - unaddressable,
        max_missing_share_percent=policy.max_missing_share_percent,
        forecast_s=None,
        regimes=regimes,
    )


def _context(
    view: RoundView,
    incident: IncidentFile,
    organisation: Organisation,
    *,
    regimes: Sequence[Regime],
    drill: bool,
    key: bytes,
) -> NoticeContext:
    return NoticeContext(
        incident=incident,
        organisation=organisation,
        round_id=view.id,
        public_code=public_code(key, view.id),
        dated=view.opened_at,
        drill=drill,
        required_content={r.id: r.individuals.content for r in regimes},
    )


def _announcement(
    event: Event, context: NoticeContext, cohorts: Sequence[Cohort], *, press: Press, joins: bool
) -> dict[str, str]:
    pages = press.announcement(
        context,
        kinds=tuple(sorted({k for c in cohorts for k in c.kinds})),
        regimes=tuple(sorted({r for c in cohorts for r in c.regimes})),
        locales=sorted({c.locale for c in cohorts}),
        individual=joins,
    )
    return {name: page.decode() for name, page in sorted(pages.items())}


async def plan(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    press: Press,
    round_keys: RoundKeys,
    organisations: Mapping[str, Organisation],
    regimes: Sequence[Regime],
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Draft the notice and, where people cannot all be told one by one, the announcement."""
    del checkpoint, now
    assert isinstance(event.payload, PlanningDue)  # noqa: S101  # narrows the payload
    view = await cases.round(event.payload.round)
    case = await cases.incident(event.incident)
    incident = await cases.revision(event.incident, view.revision)
    cohorts = [c for c in await cases.cohorts(view.id) if c.kinds]
    concerned = [r for r in regimes if any(r.id in c.regimes for c in cohorts)]
    counts = view.counts
    assert counts is not None  # noqa: S101  # planning follows the freeze
    decision = _decide(counts, incident, concerned, policy)
    context = _context(
        view,
        incident,
        organisations[incident.organisation],
        regimes=concerned,
        drill=case.drill,
        key=round_keys.of(view.id),
    )
    writes: list[Write] = []
    common = {"incident": event.incident, "round": view.id, "hands": (case.raised_by,)}
    lanes = {k: v for k, v in counts.by_lane.items() if k not in {SHARED_LANE, UNADDRESSABLE_LANE}}
    body: dict[str, Any] = {
        "round": view.id,
        "channels": [] if decision.replaces_notices else [Channel.EMAIL.value],
        "lanes": lanes,
        "batch_people": policy.batch_people,
        "decision": decision.model_dump(mode="json"),
        "estimate_s": estimate_s(lanes, policy.rate_per_s),
        "findings": [],
    }
    texts: dict[str, str] = {}
    if not decision.replaces_notices:
        for cohort in cohorts:
            notice = press.notice(cohort, context)
            site = context.organisation.site
            body["findings"] += check_notice(notice, required=[context.public_code], site=site)
            texts[f"{view.id}#{cohort.id}"] = press.segments(notice, context).to_text()
    pages: dict[str, str] = {}
    if decision.announce:
        pages = _announcement(
            event, context, cohorts, press=press, joins=not decision.replaces_notices
        )
    writes += [Fact(FactKind.TEXT, name, {"text": text}, view.id) for name, text in texts.items()]
    writes.append(Fact(FactKind.PLAN, view.id, body, view.id))
    if texts:
        binding = Binding(
            text_hash=texts_hash(texts),
            plan_hash=plan_hash(body),
            audience_root=view.audience_root,
            channels=tuple(body["channels"]),
        )
        summary = f"{len(texts)} texts to {sum(lanes.values())} recipients by e-mail"
        writes.append(
            DraftArtefact(
                Artefact(
                    name=f"notice-r{view.id.rsplit('r', 1)[1]}",
                    kind=ArtefactKind.NOTICE,
                    summary=summary,
                    binding=binding,
                    **common,
                )
            )
        )
    if pages:
        name = f"announcement-r{view.id.rsplit('r', 1)[1]}"
        writes.append(Fact(FactKind.ANNOUNCEMENT, name, {"draft": pages}, view.id))
        binding = Binding(
            text_hash=texts_hash(pages),
            plan_hash=plan_hash(body),
            audience_root=view.audience_root,
            channels=("announcement",),
        )
        writes.append(
            DraftArtefact(
                Artefact(
                    name=name,
                    kind=ArtefactKind.ANNOUNCEMENT,
                    summary=" ".join(decision.grounds),
                    binding=binding,
                    **common,
                )
            )
        )
    recount = Event(
        id=child_id(event.id, "assessment.due", 0),
        incident=event.incident,
        payload=AssessmentDue(revision=view.revision, round=view.id),
    )
    yield Commit(writes=writes, events=[recount], done=True)
