"""The letter: the text of one cohort on paper, as blocks that a typesetter lays out.

A letter is sealed, so it names every kind of data. What stands on the outside, and in the window,
says nothing: the return line leaves out the sender's name where the data is specially protected.

    {"lang", "dir", "at", "dated", "sender", "return_line", "drill", "title", "blocks": [...],
     "page", "large_print", "enrolment", "reference", "code"}

`at` is the round's date (RFC 3339), `dated` the same in words; `enrolment`, the code of a pool, is
there where an item has `before_code`, the words before it. A block is one of
    {"heading": text, "level": 2 or 3}          {"paragraph": text, "lang": ""}
    {"items": [{"text", "lang", "more"}], "start": 0}     numbered from `start`, or 0: bullets
    {"rows": [[label and colon, text, lang], ...]}        {"reference": the words before it}
and `lang` is empty where it is the letter's own.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tocsin.rendering.advice import select_advice
from tocsin.rendering.asked_words import Line
from tocsin.rendering.contact import Contact, country_of
from tocsin.rendering.environment import ENROLMENT_SLOT, REFERENCE_SLOT, printable
from tocsin.rendering.frame import Frame, frame_of
from tocsin.rendering.instants import date_words
from tocsin.rendering.locales import Messages, messages, words
from tocsin.rendering.marks import Marks
from tocsin.rendering.national import Help
from tocsin.rendering.notice import (
    MOST_STEPS_FOR_MINORS,
    advice_codes,
    advice_view,
    holds_protected,
    kind_labels,
    require_story,
)
from tocsin.rendering.opening import opening_of, speaks_of
from tocsin.rendering.story import Item, Passage, Story
from tocsin.rendering.told import Told, told_to
from tocsin.schemas.audience import Cohort, RecipientKind
from tocsin.schemas.channels import Channel, Disclosure
from tocsin.schemas.notice import ChannelText, NoticeContext, Segments
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.rounds import RoundKind

Block = dict[str, Any]
_SLOTS = '"reference": "\x00reference\x00", "code": "\x00code\x00"'
_ENROLMENT = '"enrolment": "\x00enrolment\x00", '


def render_letter(cohort: Cohort, context: NoticeContext) -> str:
    """Return the letter of a cohort in its language, as JSON in ASCII.

    Slots stand between NULs inside JSON strings, as `Segments.from_text` reads them: `reference`
    for the person's own reference, `code` for the return code and, where a remedy comes with one,
    `enrolment` for a code of a pool. The same values give the same text. Raises InvalidInput on
    `narratives.what_happened` when the incident tells in no language what happened.
    """
    return _written(cohort, context, Marks())


def _written(cohort: Cohort, context: NoticeContext, mark: Marks) -> str:
    require_story(context)
    t = messages(cohort.locale).speaking_to(cohort.recipient.value, context.kind)
    frame = frame_of(cohort.regimes, context.rules, t, title=t("notice.title"))
    told = told_to(cohort, context, t)
    us = told.us
    special = holds_protected(speaks_of(cohort, context))
    values = {
        "lang": t.locale,
        "dir": t("dir"),
        "at": context.dated.isoformat(timespec="seconds"),
        "dated": date_words(context.dated, t),
        "sender": us.brand,
        "return_line": _return_line(context.organisation, us.brand, special=special),
        "drill": t("drill.line") if context.drill else "",
        "title": (t("drill.prefix") if context.drill else "") + frame.title,
        "blocks": list(_blocks(cohort, context, told, t, frame=frame, mark=mark)),
        "page": t("letter.page"),
        "large_print": t("letter.large_print", contact=_reached_at(context.organisation)),
    }
    mark("DATE_NOTICE")
    code = _ENROLMENT if context.incident.code_pool is not None else ""
    return f"{json.dumps(_printable(values))[:-1]}, {code}{_SLOTS}}}"


def letter_text(cohort: Cohort, context: NoticeContext) -> ChannelText:
    """Return the letter of a cohort: to read before approval, and as it is handed over."""
    mark = Marks()
    written = _written(cohort, context, mark)
    content = Segments.from_text(written)
    read = json.loads("".join(part.decode() for part in content.parts))
    lines = [read["title"], "", *_lines(read["blocks"])]
    said = "\n".join(lines)
    return ChannelText(Channel.LETTER, cohort, said, content, mark.holds, mark.waits)


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield a letter's blocks as lines for people to read."""
    for block in blocks:
        match block:
            case {"heading": heading}:
                yield from ("", heading, "")
            case {"paragraph": paragraph}:
                yield paragraph
            case {"items": items, "start": start}:
                for number, item in enumerate(items):
                    mark = f"{start + number}." if start else "-"
                    told = [item["text"], *(each["text"] for each in item["more"])]
                    if "before_code" in item:
                        told += [item["before_code"], ENROLMENT_SLOT]
                    yield " ".join((mark, *told))
            case {"rows": rows}:
                yield from (f"{label} {text}" for label, text, _ in rows)
            case {"reference": before}:
                yield f"{before} {REFERENCE_SLOT}"


def _blocks(
    cohort: Cohort, context: NoticeContext, told: Told, t: Messages, *, frame: Frame, mark: Marks
) -> Iterator[Block]:
    story, us = told.story, told.us
    advice = select_advice(
        cohort.kinds,
        confirmed_actions=context.incident.confirmed_actions,
        country=country_of(cohort.regimes),
        recipient=cohort.recipient,
    )
    if cohort.recipient is RecipientKind.MINOR:
        advice = advice.first(MOST_STEPS_FOR_MINORS)
    yield from _opened(context, t)
    if context.kind is RoundKind.RETRACTION:
        yield from _retracted(cohort, context, told, t, frame=frame, mark=mark)
        return
    yield _paragraph(t("notice.lead", org=us.brand))
    if why_you := _why_you(cohort.recipient, t):
        yield _paragraph(why_you)
    if heading := told.happened(frame, t):
        yield from _happened(story, t, heading, mark)
        yield from _told_lines(told.around, mark)
    mark("DATA_TYPES")
    yield _heading(frame.kinds)
    labels = kind_labels(cohort.kinds, t, disclosure=Disclosure.SEALED)
    yield _paragraph(t.listed(labels) if labels else t("notice.kinds_none"))
    if harms := tuple(words(harm, t.locale) for harm in advice.harms):
        mark("HARM")
        yield _heading(t("notice.harms"), level=3 if frame.fixed else 2)
        yield _paragraph(t("notice.harms_intro"))
        yield _items(Item(harm) for harm in harms)
    if heading := told.measures(frame):
        yield from _done(story, t, heading, mark)
    if frame.fixed:
        yield from _remedies(story, t, mark, level=3)
    mark(*advice_codes(advice))
    seen = advice_view(advice, t, org=us.brand, site=us.site, code=context.public_code)
    yield from _to_do(seen, t, frame)
    yield from _helped(told.help, mark)
    if not frame.fixed:
        yield from _remedies(story, t, mark, level=2)
    yield from _turn_to(told, t, frame=frame, mark=mark)
    yield _heading(t("notice.verify"), level=3 if frame.fixed else 2)
    yield _paragraph(t("gap").join(_checks(context, us, t)))


def _opened(context: NoticeContext, t: Messages) -> Iterator[Block]:
    """Yield what is new or was wrong, in a letter that follows a notice."""
    opening = opening_of(context, t)
    if opening is not None:
        yield _heading(opening.heading)
        yield from _passages(opening.passages)
        yield _paragraph(opening.earlier)


def _retracted(
    cohort: Cohort,
    context: NoticeContext,
    told: Told,
    t: Messages,
    *,
    frame: Frame,
    mark: Marks,
) -> Iterator[Block]:
    """Yield the rest of a letter to somebody who was told in error."""
    us = told.us
    yield _heading(t("retraction.concerned"))
    yield _paragraph(t("notice.lead", org=us.brand))
    if why_you := _why_you(cohort.recipient, t):
        yield _paragraph(why_you)
    yield _paragraph(t("retraction.not_concerned"))
    yield _heading(t("retraction.undo"))
    yield _items(Item(step) for step in t.names("retraction.undo_steps"))
    yield from _turn_to(told, t, frame=frame, mark=mark)
    yield _heading(t("notice.verify"))
    yield _paragraph(t("gap").join(_checks(context, us, t)))


def _happened(story: Story, t: Messages, heading: str, mark: Marks) -> Iterator[Block]:
    mark(*story.stated)
    mark.pending(*story.pending)
    yield _heading(heading)
    yield from _passages(story.happened)
    if story.timeline:
        yield {"rows": [[moment.label + t("colon"), moment.text, ""] for moment in story.timeline]}
    if story.unknown:
        yield _paragraph(t("notice.unknown", list=t.listed(story.unknown)))
    if story.undeterminable:
        yield _paragraph(t("notice.undeterminable", list=t.listed(story.undeterminable)))


def _done(story: Story, t: Messages, heading: str, mark: Marks) -> Iterator[Block]:
    mark(*story.measures_stated)
    yield _heading(heading)
    yield from _passages(story.measures_told)
    if story.measures:
        yield _items(story.measures)
    elif not story.measures_told:
        mark.pending("MEASURES_TAKEN", "MEASURES_PLANNED")
        yield _paragraph(t("notice.measures_none"))


def _remedies(story: Story, t: Messages, mark: Marks, *, level: int) -> Iterator[Block]:
    mark(*story.remedies_stated)
    if not story.remedies:
        mark.pending("REMEDY_OFFERED")
    yield _heading(t("notice.remedies"), level=level)
    yield _offered(story, t) if story.remedies else _paragraph(t("notice.remedies_none"))


def _offered(story: Story, t: Messages) -> Block:
    """Return the remedies; one that comes with a code says so before it."""
    block = _items(story.remedies)
    for written, remedy in zip(block["items"], story.remedies, strict=True):
        if remedy.code:
            written["before_code"] = t("notice.enrolment")
    return block


def _to_do(seen: dict[str, Any], t: Messages, frame: Frame) -> Iterator[Block]:
    """Yield the steps, most urgent first, numbered through; each with its reason and effort."""
    yield _heading(frame.advice)
    if note := t("notice.advice_note"):
        yield _paragraph(note)
    start = 1
    for label, steps in (*seen["tiers"], (t("notice.closing"), seen["closing"])):
        yield _heading(label, level=3)
        yield _items(
            (Item(_step(step, t, closing=steps is seen["closing"])) for step in steps), start
        )
        start += len(steps)


def _step(step: dict[str, str], t: Messages, *, closing: bool) -> str:
    told = (
        (step["text"],) if closing else (step["text"], step["why"], step["takes"], step["caveat"])
    )
    return t("gap").join(filter(None, told))


def _told_lines(lines: Iterable[Line], mark: Marks) -> Iterator[Block]:
    """Yield what a law asks for, a paragraph each."""
    for line in lines:
        mark(*line.holds)
        mark.pending(*line.pending)
        yield _paragraph(line.text, line.lang)


def _helped(help_: Help | None, mark: Marks) -> Iterator[Block]:
    """Yield who helps against identity theft."""
    if help_ is None:
        return
    yield _heading(help_.heading, level=3)
    yield from _told_lines(help_.intro, mark)
    for line in help_.agencies:
        mark(*line.holds)
        mark.pending(*line.pending)
    if help_.agencies:
        yield _items(Item(line.text) for line in help_.agencies)
    yield from _told_lines(help_.after, mark)


def _turn_to(told: Told, t: Messages, *, frame: Frame, mark: Marks) -> Iterator[Block]:
    us = told.us
    mark(*us.codes, *(code for line in told.rights for code in line.holds))
    yield _heading(frame.contact)
    yield {"rows": [[label + t("colon"), item.text, item.lang] for label, item in us.rows]}
    yield {"reference": t("notice.reference")}
    yield _paragraph(t("gap").join(line.text for line in told.rights))


def _checks(context: NoticeContext, us: Contact, t: Messages) -> tuple[str, ...]:
    return (
        t("notice.verify_site", site=us.site),
        t("notice.verify_code"),
        t("letter.public_code", code=context.public_code),
        t("notice.verify_number"),
        t("letter.verify_never"),
    )


def _why_you(recipient: RecipientKind, t: Messages) -> str:
    return t("letter.why_guardian" if recipient is RecipientKind.GUARDIAN else "notice.why_you")


def _return_line(organisation: Organisation, brand: str, *, special: bool) -> str:
    """Return what stands small above the address: without a name where it would tell something."""
    return organisation.postal_address if special else f"{brand}, {organisation.postal_address}"


def _reached_at(organisation: Organisation) -> str:
    return organisation.contact_phone or organisation.contact_email


def _heading(text: str, *, level: int = 2) -> Block:
    return {"heading": text, "level": level}


def _paragraph(text: str, lang: str = "") -> Block:
    return {"paragraph": text, "lang": lang}


def _passages(passages: Iterable[Passage]) -> Iterator[Block]:
    for passage in passages:
        for text in passage.paragraphs:
            yield _paragraph(text, passage.lang)


def _items(items: Iterable[Item], start: int = 0) -> Block:
    def written(item: Item) -> dict[str, Any]:
        more: Sequence[str] = item.details.paragraphs if item.details else ()
        lang = item.details.lang if item.details else ""
        told = [{"text": text, "lang": lang} for text in more]
        return {"text": item.text, "lang": item.lang, "more": told}

    return {"items": [written(item) for item in items], "start": start}


def _printable(value: Any) -> Any:
    """Return the values with every text made printable: no NUL, no control character is left."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list) else value
