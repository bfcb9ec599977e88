"""What a person of a call centre says: an opening to anybody, a check, and then the whole notice.

Lines in brackets are for whoever calls and are not read out.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tocsin.rendering.advice import Advice, select_advice
from tocsin.rendering.asked_words import Line
from tocsin.rendering.contact import brand_in, country_of
from tocsin.rendering.environment import ENROLMENT_SLOT, REFERENCE_SLOT, printable
from tocsin.rendering.locales import Messages, messages, words
from tocsin.rendering.marks import Marks
from tocsin.rendering.notice import advice_codes, kind_labels, require_story
from tocsin.rendering.opening import opening_of
from tocsin.rendering.story import Story
from tocsin.rendering.told import Told, told_to
from tocsin.schemas.audience import Cohort
from tocsin.schemas.notice import NoticeContext
from tocsin.schemas.rounds import RoundKind

_MOST_STEPS = 3


class Script(NamedTuple):
    """The lines of a call, and the content codes that they have words for."""

    lines: tuple[str, ...]
    holds: tuple[str, ...]
    pending: tuple[str, ...]


def call_script(cohort: Cohort, context: NoticeContext) -> Script:
    """Return what a call says; the second line is the check, and data is named only after it.

    Raises InvalidInput as `render_notice` does when no language says what happened.
    """
    require_story(context)
    t = messages(cohort.locale).speaking_to(cohort.recipient.value, context.kind)
    org = printable(brand_in(context.organisation, cohort.locale))
    site, code = context.organisation.site, context.public_code
    opening = t("channel.call_list.opening", org=org)
    told, mark = told_to(cohort, context, t), Marks()
    story = told.story
    advice = select_advice(
        cohort.kinds,
        confirmed_actions=context.incident.confirmed_actions,
        country=country_of(cohort.regimes),
        recipient=cohort.recipient,
    ).first(_MOST_STEPS)
    mark("DATE_NOTICE")  # it is said on the day itself
    whole = (
        *_happened(told, t, mark),
        *_concerned(cohort, advice, t, mark),
        *(_done(story, t, mark) if told.tells_measures else ()),
        *_advised(advice, t, mark, org=org, site=site, code=code),
        *_helped(told, t, mark),
        *_offered(story, t, mark),
        *_turned_to(told, t, mark),
    )
    retracts = context.kind is RoundKind.RETRACTION
    lines = (
        f"{t('drill.spoken')}{t('gap')}{opening}" if context.drill else opening,
        t("channel.call_list.check", site=site),
        t("channel.call_list.passed"),
        *((t("drill.line"),) if context.drill else ()),
        *_opened(context, t),
        t("notice.lead", org=org),
        *filter(None, [t("notice.why_you")]),
        *(_retracted(t) if retracts else whole),
        t("channel.call_list.verify", site=site, code=code),
        t("channel.call_list.reference", reference=REFERENCE_SLOT),
        t("channel.call_list.done"),
    )
    return Script(lines, mark.holds, mark.waits)


def _opened(context: NoticeContext, t: Messages) -> Iterator[str]:
    """Yield what is new or was wrong, in a call that follows a notice."""
    opening = opening_of(context, t)
    if opening is not None:
        yield t("channel.call_list.section", heading=opening.heading)
        yield from (line for passage in opening.passages for line in passage.paragraphs)
        yield opening.earlier


def _retracted(t: Messages) -> Iterator[str]:
    """Yield the rest of a call to somebody who was told in error."""
    yield t("retraction.not_concerned")
    yield t("channel.call_list.section", heading=t("retraction.undo"))
    yield from (f"- {step}" for step in t.names("retraction.undo_steps"))


def _happened(told: Told, t: Messages, mark: Marks) -> Iterator[str]:
    story = told.story
    mark(*story.stated)
    mark.pending(*story.pending)
    lines = [line for passage in story.happened for line in passage.paragraphs]
    lines += [f"{moment.label}{t('colon')}{moment.text}" for moment in story.timeline]
    yield from _section("circumstances" if told.silent else "what_happened", lines, t)
    if story.unknown:
        yield t("notice.unknown", list=t.listed(story.unknown))
    if story.undeterminable:
        yield t("notice.undeterminable", list=t.listed(story.undeterminable))
    yield from _marked(told.around, mark)


def _concerned(cohort: Cohort, advice: Advice, t: Messages, mark: Marks) -> Iterator[str]:
    kinds = kind_labels(cohort.kinds, t, disclosure=cohort.disclosure)
    if kinds:
        mark("DATA_TYPES")
    yield from _section("kinds", kinds, t)
    if advice.harms:
        mark("HARM")
    yield from _section("harms", (words(harm, t.locale) for harm in advice.harms), t)


def _done(story: Story, t: Messages, mark: Marks) -> Iterator[str]:
    mark(*story.measures_stated)
    lines = [line for passage in story.measures_told for line in passage.paragraphs]
    lines += [measure.text for measure in story.measures]
    if not lines:
        mark.pending("MEASURES_TAKEN", "MEASURES_PLANNED")
    yield from _section("measures", lines or [t("notice.measures_none")], t)


def _advised(advice: Advice, t: Messages, mark: Marks, **values: str) -> Iterator[str]:
    mark(*advice_codes(advice))
    steps = [step for _, tier in advice.tiers for step in tier]
    lines = [words(step.text, t.locale).format(**values) for step in steps]
    yield from _section("advice", [*filter(None, [t("notice.advice_note")]), *lines], t)


def _helped(told: Told, t: Messages, mark: Marks) -> Iterator[str]:
    """Yield who helps against identity theft."""
    if told.help is not None:
        yield t("channel.call_list.section", heading=told.help.heading)
        yield from _marked(told.help.intro, mark)
        yield from (f"- {line}" for line in _marked(told.help.agencies, mark))
        yield from _marked(told.help.after, mark)


def _offered(story: Story, t: Messages, mark: Marks) -> Iterator[str]:
    mark(*story.remedies_stated)
    lines: list[str] = []
    for remedy in story.remedies:
        lines += [remedy.text, *(remedy.details.paragraphs if remedy.details else ())]
        if remedy.code:
            lines.append(t("channel.call_list.enrolment", enrolment=ENROLMENT_SLOT))
    if not lines:
        mark.pending("REMEDY_OFFERED")
    yield from _section("remedies", lines or [t("notice.remedies_none")], t)


def _turned_to(told: Told, t: Messages, mark: Marks) -> Iterator[str]:
    """Yield how to reach the organisation, and the rights."""
    mark(*told.us.codes)
    rows = [f"{label}{t('colon')}{item.text}" for label, item in told.us.rows]
    yield from _section("contact", [*rows, *_marked(told.rights, mark)], t)


def _marked(lines: Iterable[Line], mark: Marks) -> Iterator[str]:
    for line in lines:
        mark(*line.holds)
        mark.pending(*line.pending)
        yield line.text


def _section(heading: str, lines: Iterable[str], t: Messages) -> Iterator[str]:
    """Yield a heading of the notice and its lines, each with a dash; nothing without a line."""
    items = [f"- {line}" for line in lines]
    if items:
        yield t("channel.call_list.section", heading=t(f"notice.{heading}"))
        yield from items
