"""The preview: what a round is about to do, on one page, for those who approve it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from tocsin.rendering.environment import ENROLMENT_SLOT, REFERENCE_SLOT, render
from tocsin.schemas.audience import AudienceCounts, Cohort
from tocsin.schemas.canonical import instant
from tocsin.schemas.channels import Channel
from tocsin.schemas.codes import SAMPLE_CODE
from tocsin.schemas.duty import Duty, SwitchDecision
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.notice import JudgedText, RenderedNotice

MANY_COHORTS = 200
_SAMPLE = "XXXXX-XXXXX"
_LONG = 1_000
"""Characters from which on a text is folded up, so that the short ones are seen at a glance."""
_NAMES: Mapping[Channel, str] = MappingProxyType(
    {
        Channel.SMS: "Text message",
        Channel.WEB_PUSH: "Push to a browser",
        Channel.APP_PUSH: "Push to the app",
        Channel.CALL: "Recorded call",
        Channel.LETTER: "Letter",
        Channel.IN_APP: "In the app",
        Channel.WEBHOOK: "To our own system",
        Channel.CALL_LIST: "Call by a person",
        Channel.EMAIL: "E-mail",
        Channel.NONE: "Nothing is sent",
    }
)
_EFFECTS: Mapping[FindingSeverity, str] = MappingProxyType(
    {
        FindingSeverity.BLOCK: "blocks",
        FindingSeverity.WARN: "wants a reason",
        FindingSeverity.NOTE: "to know",
    }
)
_MINUTE = 60
_HOUR = 3600


def render_preview(
    *,
    incident_id: str,
    title: str,
    counts: AudienceCounts,
    notices: Sequence[RenderedNotice],
    cohorts: Sequence[Cohort],
    decision: SwitchDecision | None,
    duties: Sequence[Duty],
    seconds: int | None,
    channel_texts: Sequence[JudgedText] = (),
    findings: Sequence[Finding] = (),
) -> bytes:
    """Return one page with the counts, the estimated time, the duties, and every text in full.

    `seconds` is the estimated time of sending, None when it was not measured. Undecided duties come
    first. `findings` are those of all gates, as they stand in the plan. Each cohort's texts stand
    together: its e-mail, then those of `channel_texts`. The page holds no person's data: where a
    personal reference goes stands a sample.
    """
    tables = (
        ("People by residence", "Residence", _ranked(counts.by_residence)),
        ("Notices by lane", "Lane", _ranked(counts.by_lane)),
        ("Notices by language", "Language", _ranked(_by_locale(counts, cohorts))),
        ("Notices that cannot be sent, by reason", "Reason", _ranked(counts.by_obstacle)),
        ("People with a barred channel, by suppression list", "List", _ranked(counts.by_list)),
        (
            "People told in spite of an overridden suppression list",
            "List",
            _ranked(counts.by_overridden_list),
        ),
    )
    told = _told(notices, channel_texts)
    text = render(
        "preview/preview.html",
        incident_id=incident_id,
        title=title,
        counts=counts,
        tables=tuple(table for table in tables if table[2]),
        cohorts=tuple((c, f"{counts.by_cohort.get(c.id, 0):,}", c.id in told) for c in cohorts),
        many_cohorts=len(cohorts) > MANY_COHORTS,
        told=tuple(told.values()),
        texts=len(notices) + len(channel_texts),
        findings=tuple((_EFFECTS[f.severity], f) for f in findings),
        decision=decision,
        announced_alone=sum(
            counts.by_cohort.get(cohort, 0) for cohort in (decision.replaced if decision else ())
        ),
        duties=tuple(_duty(duty) for duty in sorted(duties, key=_urgency)),
        duration=None if seconds is None else duration_words(seconds),
    )
    return text.encode()


@dataclass(slots=True)
class _Told:
    """Every text of one cohort."""

    cohort: Cohort
    notice: RenderedNotice | None = None
    plain: str = ""
    html: str = ""
    others: list[dict[str, object]] = field(default_factory=list)

    @property
    def heading(self) -> str:
        who = f"{self.cohort.recipient.value}, {self.cohort.locale}"
        return self.notice.subject if self.notice else who


def _told(
    notices: Sequence[RenderedNotice], channel_texts: Sequence[JudgedText]
) -> dict[int, _Told]:
    told: dict[int, _Told] = {}
    for notice in notices:
        plain, html = _sample(notice.plain), _sample(notice.html)
        told[notice.cohort.id] = _Told(notice.cohort, notice, plain, html)
    for judged in channel_texts:
        cohort = judged.text.cohort
        told.setdefault(cohort.id, _Told(cohort)).others.append(_judged(judged))
    return told


def _judged(judged: JudgedText) -> dict[str, object]:
    return {
        "name": _NAMES[judged.text.channel],
        "size": judged.size,
        "findings": judged.findings,
        "text": _sample(judged.text.text),
        "long": len(judged.text.text) > _LONG,
    }


def duration_words(seconds: int) -> str:
    """Return a duration, rounded up: `40 seconds`, `12 minutes`, `3 hours 20 minutes`."""
    if seconds < _MINUTE:
        return _counted(seconds, "second")
    if seconds < _HOUR:
        return _counted(-(-seconds // _MINUTE), "minute")
    hours, rest = divmod(-(-seconds // _MINUTE), _MINUTE)
    return _counted(hours, "hour") + (f" {_counted(rest, 'minute')}" if rest else "")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _sample(text: str) -> str:
    return text.replace(REFERENCE_SLOT, _SAMPLE).replace(ENROLMENT_SLOT, SAMPLE_CODE)


def _ranked(table: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    rows = sorted(table.items(), key=lambda row: (-row[1], row[0]))
    return tuple((name, f"{count:,}") for name, count in rows)


def _by_locale(counts: AudienceCounts, cohorts: Sequence[Cohort]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for cohort in cohorts:
        people = counts.by_cohort.get(cohort.id, 0)
        totals[cohort.locale] = totals.get(cohort.locale, 0) + people
    return totals


def _urgency(duty: Duty) -> tuple[bool, bool, str, str]:
    due = instant(duty.due_at) if duty.due_at else "9"
    return (duty.required is not None, duty.required is False, due, duty.id)


def _duty(duty: Duty) -> dict[str, object]:
    owed = {True: "owed", False: "not owed", None: "undecided: its clock runs"}[duty.required]
    nature = f" ({duty.due_nature.value})" if duty.due_nature else ""
    return {
        "id": duty.id,
        "to": duty.to or duty.addressee.value,
        "owed": owed,
        "reason": duty.reason,
        "cite": duty.cite,
        "due": f"{duty.due_at:%Y-%m-%d %H:%M %Z}{nature}" if duty.due_at else "no time set",
        "source": duty.due_source,
        "missing": duty.missing,
        "unverified": duty.unverified,
        "held": duty.held_until and f"{duty.held_until:%Y-%m-%d %H:%M %Z}: {duty.held_by}",
        "estimated": duty.estimated_at and f"{duty.estimated_at:%Y-%m-%d %H:%M %Z}",
        "after": duty.after,
    }
