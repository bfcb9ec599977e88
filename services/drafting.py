"""Drafting: the texts, pages and plan of a round, and the artefacts that put them forward."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from tocsin.rules.costs import expected, money, worst
from tocsin.rules.public_files import Term
from tocsin.schemas.artefact import Artefact, ArtefactKind, Binding
from tocsin.schemas.audience import SHARED_LANE, UNADDRESSABLE_LANE, AudienceCounts, Cohort
from tocsin.schemas.canonical import instant
from tocsin.schemas.channels import DISCLOSURE, Channel, Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import SwitchDecision
from tocsin.schemas.finding import Finding, FindingSeverity, ranked
from tocsin.schemas.identifiers import public_code
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.notice import (
    ChannelText,
    Followed,
    JudgedText,
    NoticeContext,
    OpenText,
    Publication,
    RenderedNotice,
    Segments,
)
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import NO_ANNOUNCEMENT, Regime
from tocsin.schemas.rounds import RoundKind
from tocsin.schemas.views import RoundView
from tocsin.services.forecast import Forecast
from tocsin.services.judging import judged_channel, judged_email, judged_round
from tocsin.services.naming import artefact_name, pages_in, plan_hash, text_name, texts_hash


class Press(Protocol):
    """Turns cohorts into texts."""

    def notice(self, cohort: Cohort, context: NoticeContext) -> RenderedNotice:
        """Return the e-mail of a cohort."""
        ...

    def segments(self, notice: RenderedNotice, context: NoticeContext) -> Segments:
        """Return it serialised and cut at its slots."""
        ...

    def text(self, channel: Channel, cohort: Cohort, context: NoticeContext) -> ChannelText:
        """Return what a channel other than e-mail tells a cohort."""
        ...

    def kind_names(self, locale: str) -> Mapping[DataKind, str]:
        """Return what each kind of data is called in a locale's texts."""
        ...


@dataclass(frozen=True, slots=True)
class Decided:
    """A round whose people are counted and for which it is decided how they are told."""

    view: RoundView
    context: NoticeContext
    cohorts: Sequence[Cohort]
    ladders: Mapping[Cohort, Sequence[Channel]]
    """Cohort -> the channels on which it may be told, in order."""
    agreed_alone: Mapping[Cohort, frozenset[Channel]]
    """Cohort -> those of them for people alone who agreed on record."""
    decision: SwitchDecision
    regimes: Sequence[Regime]
    """Those that protect any of its people."""

    @property
    def told(self) -> tuple[Cohort, ...]:
        """The cohorts whose people get notices of their own."""
        if self.decision.replaces_notices:
            return ()
        return tuple(c for c in self.cohorts if c.id not in self.decision.replaced)

    @property
    def ways(self) -> tuple[Channel, ...]:
        """The channels on which any of them may be told, in the order of the ladders."""
        return tuple(dict.fromkeys(way for cohort in self.told for way in self.ladders[cohort]))


def notice_context(
    view: RoundView,
    incident: IncidentFile,
    organisation: Organisation,
    *,
    regimes: Sequence[Regime],
    drill: bool,
    key: bytes,
    publication: Publication | None = None,
    follows: Sequence[Followed] = (),
    late: Collection[str] = (),
) -> NoticeContext:
    """Return what every text of a round may say; the notices' do not depend on `publication`.

    `late` are the regimes whose term for telling people has passed; the gates depend on it, and no
    text does. Whoever was told before has their code of a pool from then. Whoever was told in error
    is owed nothing that a notice must hold.
    """
    kind = RoundKind(view.kind)
    if not kind.is_first_notice:
        remedies = tuple(r.model_copy(update={"code_pool": None}) for r in incident.remedies)
        incident = incident.model_copy(update={"remedies": remedies})
    if kind is RoundKind.RETRACTION:
        regimes = ()
    return NoticeContext(
        incident=incident,
        organisation=organisation,
        round_id=view.id,
        public_code=public_code(key, view.id),
        dated=view.opened_at,
        drill=drill,
        required_content={r.id: r.individuals.content for r in regimes},
        publication=publication or Publication(),
        rules={r.id: r.individuals for r in regimes},
        public_rules={r.id: r.public for r in regimes if r.public is not NO_ANNOUNCEMENT},
        authorities={r.id: r.authority for r in regimes if r.authority},
        late=frozenset(late),
        kind=kind,
        follows=() if kind.is_first_notice else tuple(follows),
    )


def decide_follow_up(before: Sequence[SwitchDecision], *, persons: int) -> SwitchDecision:
    """Decide how people are told more: each as before, and in public if they were told there.

    Where nobody was told one by one, the page alone goes out again.
    """
    announced = any(decision.announce for decision in before)
    if not persons:
        ground = "Nobody was told one by one before: the page alone says it."
        return SwitchDecision(announce=announced, replaces_notices=True, grounds=(ground,))
    grounds = ["Those who were told before are told one by one again."]
    if announced:
        grounds.append("The page stands since the notice before, and says the same as this one.")
    return SwitchDecision(announce=announced, replaces_notices=False, grounds=tuple(grounds))


class Drafted(NamedTuple):
    """The notices of a round."""

    texts: dict[str, str]
    """By name."""
    findings: tuple[Finding, ...]
    """What the gates find wrong with them."""
    open_texts: list[OpenText]
    """What anybody may read of them, each once."""


def draft_notices(decided: Decided, press: Press) -> Drafted:
    """Return the text of each cohort on each of its channels."""
    texts: dict[str, str] = {}
    findings = [*judged_round(decided.ladders, decided.context)]
    said: dict[OpenText, None] = {}
    for cohort, channels in decided.ladders.items():
        if cohort.id in decided.decision.replaced:
            continue
        for channel in channels:
            if channel is Channel.EMAIL:
                notice = press.notice(cohort, decided.context)
                content = press.segments(notice, decided.context)
                found = judged_email(notice, decided.context, press)
                said[OpenText(channel, cohort.locale, notice.subject)] = None
            else:
                judged = judged_text(channel, cohort, decided.context, press)
                content, found = judged.text.content, judged.findings
                if DISCLOSURE[channel] is Disclosure.OPEN:
                    said[OpenText(channel, cohort.locale, judged.text.text)] = None
            texts[text_name(decided.view.id, cohort.id, channel)] = content.to_text()
            findings += found
    return Drafted(texts, ranked(findings), list(said))


def judged_text(
    channel: Channel, cohort: Cohort, context: NoticeContext, press: Press
) -> JudgedText:
    """Return what a channel other than e-mail tells a cohort, and what the gates find wrong."""
    return judged_channel(press.text(channel, cohort, context), context, press)


def plan_body(
    decided: Decided,
    counts: AudienceCounts,
    policy: Policy,
    findings: Sequence[Finding],
    *,
    page_findings: Sequence[Finding],
    told_by: datetime | None,
    codes: Mapping[str, Any] | None,
    term: Term,
    expected: Forecast,
) -> dict[str, Any]:
    """Return the plan: who is told how and by when, in which lanes, how long it takes, its cost.

    `findings` are those of the notices, `page_findings` those of the announcement; `codes` is which
    codes of a pool are theirs, `term` how long what is public stands,
    `expected` how long telling takes and whom it reaches too late.
    """
    lanes = {k: v for k, v in counts.by_lane.items() if k not in {SHARED_LANE, UNADDRESSABLE_LANE}}
    return {
        "round": decided.view.id,
        "channels": [way for way in counts.ladder if Channel(way) in decided.ways],
        "ladder": list(counts.ladder),
        "ladders": {
            str(cohort.id): [channel.value for channel in channels]
            for cohort, channels in decided.ladders.items()
        },
        "agreed_alone": {
            str(cohort.id): sorted(decided.agreed_alone[cohort])
            for cohort in decided.ladders
            if decided.agreed_alone.get(cohort)
        },
        "lanes": lanes,
        "batch_people": policy.batch_people,
        "decision": decided.decision.model_dump(mode="json"),
        "estimate_s": expected.seconds,
        "short_by_channel": {channel.value: n for channel, n in expected.short.items()},
        "findings": [f.model_dump(mode="json") for f in findings],
        "page_findings": [f.model_dump(mode="json") for f in page_findings],
        "due_at": None if told_by is None else instant(told_by),
        "costs": _costs(lanes, [Channel(name) for name in counts.ladder], policy),
        "suppressed": counts.by_list,
        "overridden": counts.by_overridden_list,
        "codes": codes,
        "term": term._asdict(),
    }


def _costs(
    lanes: Mapping[str, int], ladder: Sequence[Channel], policy: Policy
) -> dict[str, Any] | None:
    """Return what telling people costs, in cents; None where nothing has a price."""
    if not any(policy.unit_costs.values()):
        return None
    return {
        "currency": policy.currency,
        "expected_cents": expected(lanes, policy.unit_costs),
        "worst_cents": worst(lanes, ladder, policy.unit_costs),
        "limit_cents": policy.cost_limit_cents,
    }


def _costs_said(costs: Mapping[str, Any]) -> str:
    """Return a plan's costs in words."""
    currency, limit = costs["currency"], costs["limit_cents"]
    said = (
        f"; costs {money(costs['expected_cents'], currency)}, and at most "
        f"{money(costs['worst_cents'], currency)} when all are followed to the last channel"
    )
    return said if limit is None else f"{said}; paused above {money(limit, currency)}"


def _artefact(
    decided: Decided,
    kind: ArtefactKind,
    *,
    texts: Mapping[str, str],
    plan: Mapping[str, Any],
    channels: tuple[str, ...],
    summary: str,
) -> Artefact:
    return Artefact(
        name=artefact_name(kind, decided.view.id),
        incident=decided.view.incident,
        round=decided.view.id,
        kind=kind,
        summary=summary,
        binding=Binding(
            text_hash=texts_hash(texts),
            plan_hash=plan_hash(plan),
            audience_root=decided.view.audience_root,
            channels=channels,
        ),
        hands=(),
    )


def notice_artefact(
    decided: Decided, counts: AudienceCounts, texts: Mapping[str, str], plan: Mapping[str, Any]
) -> Artefact:
    """Return the artefact that puts the notices of a round to an approver."""
    notices = f"{sum(plan['lanes'].values()):,} notices"
    if decided.decision.replaced:
        people = sum(counts.by_cohort.get(cohort.id, 0) for cohort in decided.told)
        notices = f"notices to {people:,} people"
    ways = ", then ".join(Channel(name).label for name in plan["channels"])
    pages = pages_in(texts, decided.view.id)
    summary = f"{notices} by {ways}, in {len(texts) - len(pages)} texts"
    if plan["decision"]["announce"]:
        page = artefact_name(ArtefactKind.ANNOUNCEMENT, decided.view.id)
        summary += f", sent once {page} is approved and published"
    if plan["costs"]:
        summary += _costs_said(plan["costs"])
    if plan["codes"] and plan["codes"]["first"] is not None:
        summary += f"; each with a code of the pool {plan['codes']['pool']}"
    summary += _found_said(plan["findings"])
    return _artefact(
        decided,
        ArtefactKind.NOTICE,
        texts=texts,
        plan=plan,
        channels=tuple(plan["channels"]),
        summary=summary,
    )


def announcement_artefact(
    decided: Decided,
    pages: Mapping[str, str],
    plan: Mapping[str, Any],
    findings: Sequence[Finding],
) -> Artefact:
    """Return the artefact that puts the announcement of a round to an approver.

    `findings` are what the gates found wrong with its pages.
    """
    said = [*decided.decision.grounds, _term_said(plan["term"])]
    found = [{"severity": finding.severity} for finding in findings]
    return _artefact(
        decided,
        ArtefactKind.ANNOUNCEMENT,
        texts=pages,
        plan=plan,
        channels=("announcement",),
        summary=" ".join(said) + _found_said(found),
    )


def _term_said(term: Mapping[str, Any]) -> str:
    """Return in words how long an announcement stands."""
    by = "our policy" if term["by"] == "policy" else term["by"]
    return f"It stands for {term['days']} days ({by})."


def _found_said(findings: Sequence[Mapping[str, Any]]) -> str:
    """Return in words what the gates found: how much blocks, how much wants a reason."""
    counts = Counter(finding["severity"] for finding in findings)
    blocking, warnings = counts[FindingSeverity.BLOCK], counts[FindingSeverity.WARN]
    said = [f"{blocking} of the gates' findings block it"] if blocking else []
    said += [f"{warnings} want a reason"] if warnings else []
    return f"; {', '.join(said)}" if said else ""
