"""The preview of an incident's newest round, rendered anew from what stands in the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin.ledger import reads
from tocsin.rendering.preview import render_preview
from tocsin.rules.switch import duration, short_said
from tocsin.rules.versions import law_of
from tocsin.runtimes.books import DutyBook
from tocsin.runtimes.delivery_books import RoundBook
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.packet_press import PacketBook, PacketPress
from tocsin.runtimes.press import NoticePress
from tocsin.runtimes.report_press import ReportPress
from tocsin.schemas.artefact import Artefact, ArtefactKind, ArtefactState
from tocsin.schemas.audience import AudienceCounts, Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.duty import Duty, SwitchDecision
from tocsin.schemas.errors import Conflict, NotFound
from tocsin.schemas.finding import Finding, ranked, read_findings
from tocsin.schemas.identifiers import public_code
from tocsin.schemas.notice import Followed, JudgedText, RenderedNotice
from tocsin.schemas.rounds import RoundKind
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.drafting import judged_text, notice_context
from tocsin.services.naming import artefact_name, page_name, pages_in, text_name


@dataclass(frozen=True, slots=True)
class Preview:
    """What a round is about to do: counts, time, and every text."""

    case: IncidentView
    round: RoundView
    counts: AudienceCounts
    cohorts: tuple[Cohort, ...]
    notices: tuple[RenderedNotice, ...]
    others: tuple[JudgedText, ...]
    """What channels other than e-mail tell each cohort."""
    decision: SwitchDecision
    duties: tuple[Duty, ...]
    seconds: int
    short: Mapping[Channel, int]
    """Channel -> how many of its people it cannot tell by the deadline, as was planned."""
    findings: tuple[Finding, ...]
    """What the gates found in the texts, the announcement's included; what blocks first."""
    as_drafted: bool
    """Whether the texts are, byte for byte, those that were drafted and will be sent."""
    pages: Mapping[str, bytes]
    """Announcement pages and drafted reports by file name: what else waits for approval."""

    @property
    def by_locale(self) -> Mapping[str, int]:
        """Locale -> notices."""
        totals: dict[str, int] = {}
        for cohort in self.cohorts:
            count = self.counts.by_cohort.get(cohort.id, 0)
            totals[cohort.locale] = totals.get(cohort.locale, 0) + count
        return totals

    @property
    def takes(self) -> str:
        """How long sending takes, in words, and who is short of the deadline then."""
        said = duration(self.seconds)
        return f"{said}; {short_said(self.short)}" if self.short else said

    def html(self) -> bytes:
        """Return the page for those who approve."""
        return render_preview(
            incident_id=self.case.id,
            title=self.case.title,
            counts=self.counts,
            notices=self.notices,
            cohorts=self.cohorts,
            decision=self.decision,
            duties=self.duties,
            seconds=self.seconds,
            channel_texts=self.others,
            findings=self.findings,
        )


def round_named(rounds: Sequence[RoundView], name: str | None) -> RoundView:
    """Return the round of a name, `r2` or whole; the newest without one."""
    found = [
        r for r in rounds if name is None or r.id.rpartition("/")[2] == name.rpartition("/")[2]
    ]
    if not found:
        message = f"there is no round {name}"
        known = ", ".join(r.id for r in rounds)
        raise NotFound(message, field="--round", fix=f"one of: {known}")
    return found[-1]


async def preview(runtime: Runtime, incident_id: str, round_name: str | None = None) -> Preview:
    """Return the preview of the newest round, or of the named one; Conflict before it was planned.

    Raises NotFound where the incident has no such round.
    """
    book, rounds = DutyBook(runtime.ledger), RoundBook(runtime.ledger)
    case = await book.incident(incident_id)
    newest = round_named(await book.rounds(incident_id), round_name)
    try:
        plan = await rounds.plan(newest.id)
    except NotFound:
        plan = None
    if newest.counts is None or plan is None:
        message = "the people concerned are not counted yet"
        raise Conflict(message, field="incident", fix="let a worker do it: `tocsin run`")
    incident = await book.revision(incident_id, newest.revision)
    cohorts = await book.cohorts(newest.id)
    first = RoundKind(newest.kind).is_first_notice
    told = [c for c in cohorts if c.kinds or not first]
    before = [await book.round(name) for name in newest.follows]
    law = law_of(runtime.step.ports["regimes"], incident, case.opened_at)
    context = notice_context(
        newest,
        incident,
        next(o for o in runtime.settings.organisations if o.id == incident.organisation),
        regimes=[r for r in law if any(r.id in c.regimes for c in told)],
        drill=case.drill,
        key=runtime.ledger.keys.of(newest.id),
        follows=[
            Followed(public_code(runtime.ledger.keys.of(r.id), r.id), r.opened_at) for r in before
        ],
    )
    press, drafted = NoticePress(), dict(await rounds.texts(newest.id))
    beside = pages_in(drafted, newest.id)
    for path in beside:
        del drafted[page_name(newest.id, path)]
    decision = SwitchDecision.model_validate(plan["decision"])
    ways = {
        c: [Channel(name) for name in plan["ladders"][str(c.id)]] if drafted else []
        for c in told
        if c.id not in decision.replaced
    }
    notices = tuple(
        press.notice(c, context) for c, theirs in ways.items() if Channel.EMAIL in theirs
    )
    others = tuple(
        judged_text(channel, cohort, context, press)
        for cohort, channels in ways.items()
        for channel in channels
        if channel is not Channel.EMAIL
    )
    texts = {
        text_name(newest.id, n.cohort.id, Channel.EMAIL): press.segments(n, context).to_text()
        for n in notices
    }
    for judged in others:
        name = text_name(newest.id, judged.text.cohort.id, judged.text.channel)
        texts[name] = judged.text.content.to_text()
    return Preview(
        case=case,
        round=newest,
        counts=newest.counts,
        cohorts=cohorts,
        notices=notices,
        others=others,
        decision=decision,
        duties=await book.duties(incident_id),
        seconds=plan["estimate_s"],
        short={Channel(way): n for way, n in plan.get("short_by_channel", {}).items()},
        findings=ranked((*read_findings(plan), *read_findings(plan, "page_findings"))),
        as_drafted=texts == drafted,
        pages=await _pages(runtime, book, incident_id)
        | {
            f"{artefact_name(ArtefactKind.NOTICE, newest.id)}/{path}": text.encode()
            for path, text in beside.items()
        },
    )


async def _pages(runtime: Runtime, book: DutyBook, incident_id: str) -> dict[str, bytes]:
    pages: dict[str, bytes] = {}
    for artefact in await runtime.ledger.ask(reads.artefacts, incident_id):
        if artefact.state is not ArtefactState.VOID:
            pages |= await _pages_of(runtime, book, incident_id, artefact)
    return pages


async def _pages_of(
    runtime: Runtime, book: DutyBook, incident_id: str, artefact: Artefact
) -> Mapping[str, bytes]:
    if artefact.kind is ArtefactKind.ANNOUNCEMENT:
        drafted = await book.pages(incident_id, artefact.name)
        return {f"{artefact.name}/{name}": text.encode() for name, text in drafted.items()}
    if artefact.kind is ArtefactKind.CONTROLLER:
        packet = await PacketBook(runtime.ledger).packet(incident_id, artefact.name)
        texts = PacketPress().texts(packet) if packet else {}
        return {f"{artefact.name}{suffix}": text.encode() for suffix, text in texts.items()}
    if artefact.kind is ArtefactKind.REPORT:
        report = await book.report(incident_id, artefact.name)
        press = ReportPress()
        files: Mapping[str, bytes] = {n: t.encode() for n, t in press.texts(report).items()}
        if artefact.state is ArtefactState.SUBMITTED:  # those approved lie ready with their PDF
            files = await press.files(report)
        return {f"{artefact.name}{suffix}": content for suffix, content in files.items()}
    return {}
