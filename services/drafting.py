"""Drafting: the texts, pages and plan of a round, and the artefacts that put them forward."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tocsin.rules.channel_gates import judge_text, notice_findings
from tocsin.rules.costs import expected, money, worst
from tocsin.rules.gates import check_notice
from tocsin.schemas.artefact import Artefact, ArtefactKind, Binding
from tocsin.schemas.audience import SHARED_LANE, UNADDRESSABLE_LANE, AudienceCounts, Cohort
from tocsin.schemas.canonical import instant
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import SwitchDecision
from tocsin.schemas.identifiers import public_code
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.notice import (
    ChannelText,
    JudgedText,
    NoticeContext,
    RenderedNotice,
    Segments,
)
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.views import RoundView
from tocsin.services.forecast import forecast_s
from tocsin.services.naming import artefact_name, plan_hash, text_name, texts_hash


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


def notice_context(
    view: RoundView,
    incident: IncidentFile,
    organisation: Organisation,
    *,
    regimes: Sequence[Regime],
    drill: bool,
    key: bytes,
) -> NoticeContext:
    """Return what every text of a round may say."""
    return NoticeContext(
        incident=incident,
        organisation=organisation,
        round_id=view.id,
        public_code=public_code(key, view.id),
        dated=view.opened_at,
        drill=drill,
        required_content={r.id: r.individuals.content for r in regimes},
    )


def draft_notices(decided: Decided, press: Press) -> tuple[dict[str, str], list[str]]:
    """Return the text of each cohort by name, and what the gates find wrong with them."""
    texts: dict[str, str] = {}
    findings: list[str] = []
    for cohort, channels in decided.ladders.items():
        if cohort.id in decided.decision.replaced:
            continue
        for channel in channels:
            if channel is Channel.EMAIL:
                content, found = _email(cohort, decided.context, press)
            else:
                judged = judged_text(channel, cohort, decided.context, press)
                content, found = judged.text.content, judged.findings
            texts[text_name(decided.view.id, cohort.id, channel)] = content.to_text()
            findings += found
    return texts, sorted(set(findings))


def _email(
    cohort: Cohort, context: NoticeContext, press: Press
) -> tuple[Segments, tuple[str, ...]]:
    notice = press.notice(cohort, context)
    organisation, code = context.organisation, context.public_code
    kinds = press.kind_names(cohort.locale)
    findings = (
        *check_notice(notice, required=[code], site=organisation.site),
        *notice_findings(notice, kinds=kinds, organisation=organisation, code=code),
    )
    return press.segments(notice, context), findings


def judged_text(
    channel: Channel, cohort: Cohort, context: NoticeContext, press: Press
) -> JudgedText:
    """Return what a channel other than e-mail tells a cohort, and what the gates find wrong."""
    return judge_text(
        press.text(channel, cohort, context),
        kinds=press.kind_names(cohort.locale),
        organisation=context.organisation,
        code=context.public_code,
    )


def draft_pages(decided: Decided, press: Press) -> dict[str, str]:
    """Return the pages of the announcement by file name."""
    pages = press.announcement(
        decided.context,
        kinds=tuple(sorted({k for c in decided.cohorts for k in c.kinds})),
        regimes=tuple(sorted({r for c in decided.cohorts for r in c.regimes})),
        locales=sorted({c.locale for c in decided.cohorts}),
        individual=not decided.decision.replaces_notices,
    )
    return {name: page.decode() for name, page in sorted(pages.items())}


def plan_body(
    decided: Decided,
    counts: AudienceCounts,
    policy: Policy,
    findings: Sequence[str],
    *,
    told_by: datetime | None,
    codes: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the plan: who is told how and by when, in which lanes, how long it takes, its cost.

    `codes` is which codes of a pool are theirs.
    """
    lanes = {k: v for k, v in counts.by_lane.items() if k not in {SHARED_LANE, UNADDRESSABLE_LANE}}
    return {
        "round": decided.view.id,
        "channels": [] if decided.decision.replaces_notices else list(counts.ladder),
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
        "estimate_s": forecast_s(lanes, policy),
        "findings": list(findings),
        "due_at": None if told_by is None else instant(told_by),
        "costs": _costs(lanes, [Channel(name) for name in counts.ladder], policy),
        "suppressed": counts.by_list,
        "overridden": counts.by_overridden_list,
        "codes": codes,
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
    decided: Decided, texts: Mapping[str, str], plan: Mapping[str, Any]
) -> Artefact:
    """Return the artefact that puts the notices of a round to an approver."""
    notices = sum(plan["lanes"].values())
    ways = ", then ".join(Channel(name).label for name in plan["ladder"])
    summary = f"{notices:,} notices by {ways}, in {len(texts)} texts"
    if plan["decision"]["announce"]:
        page = artefact_name(ArtefactKind.ANNOUNCEMENT, decided.view.id)
        summary += f", sent once {page} is approved and published"
    if plan["costs"]:
        summary += _costs_said(plan["costs"])
    if plan["codes"] and plan["codes"]["first"] is not None:
        summary += f"; each with a code of the pool {plan['codes']['pool']}"
    if plan["findings"]:
        summary += f"; look at: {' '.join(plan['findings'])}"
    return _artefact(
        decided,
        ArtefactKind.NOTICE,
        texts=texts,
        plan=plan,
        channels=tuple(plan["channels"]),
        summary=summary,
    )


def announcement_artefact(
    decided: Decided, pages: Mapping[str, str], plan: Mapping[str, Any]
) -> Artefact:
    """Return the artefact that puts the announcement of a round to an approver."""
    return _artefact(
        decided,
        ArtefactKind.ANNOUNCEMENT,
        texts=pages,
        plan=plan,
        channels=("announcement",),
        summary=" ".join(decided.decision.grounds),
    )
