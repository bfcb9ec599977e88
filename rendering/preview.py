"""The preview: what a round is about to do, on one page, for those who approve it."""

from collections.abc import Mapping, Sequence

from tocsin.rendering.environment import REFERENCE_SLOT, render
from tocsin.schemas.audience import AudienceCounts, Cohort
from tocsin.schemas.canonical import instant
from tocsin.schemas.duty import Duty, SwitchDecision
from tocsin.schemas.notice import RenderedNotice

MANY_COHORTS = 200
_SAMPLE = "XXXXX-XXXXX"
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
) -> bytes:
    """Return one page with the counts, the estimated time, the duties, and every text in full.

    `seconds` is the estimated time of sending, None when it was not measured. Undecided duties come
    first. The page holds no person's data: where a personal reference goes stands a sample.
    """
    tables = (
        ("People by residence", "Residence", _ranked(counts.by_residence)),
        ("Notices by lane", "Lane", _ranked(counts.by_lane)),
        ("Notices by language", "Language", _ranked(_by_locale(counts, cohorts))),
        ("Notices that cannot be sent, by reason", "Reason", _ranked(counts.by_obstacle)),
    )
    texts = {notice.cohort.id: notice for notice in notices}
    text = render(
        "preview/preview.html",
        incident_id=incident_id,
        title=title,
        counts=counts,
        tables=tuple(table for table in tables if table[2]),
        cohorts=tuple((c, f"{counts.by_cohort.get(c.id, 0):,}", c.id in texts) for c in cohorts),
        many_cohorts=len(cohorts) > MANY_COHORTS,
        notices=tuple((n, _sample(n.plain), _sample(n.html)) for n in texts.values()),
        decision=decision,
        duties=tuple(_duty(duty) for duty in sorted(duties, key=_urgency)),
        duration=None if seconds is None else duration_words(seconds),
    )
    return text.encode()


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
    return text.replace(REFERENCE_SLOT, _SAMPLE)


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
    }
