"""Judging: every gate over every text of a round, before anybody is asked to approve it."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape
from typing import Protocol

from tocsin.rules.channel_gates import judge_text, notice_findings
from tocsin.rules.content_gates import (
    conflict_findings,
    content_findings,
    mailbox_findings,
)
from tocsin.rules.forbidden_content import forbidden_in_public, forbidden_text_findings
from tocsin.rules.gates import check_notice
from tocsin.rules.page import Page
from tocsin.rules.page_gates import page_findings
from tocsin.rules.public_content import public_findings
from tocsin.rules.reading_gates import reading_findings
from tocsin.rules.sections import Section, sections_of_letter, sections_of_plain
from tocsin.rules.story_gates import story_findings
from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.finding import Finding, ranked
from tocsin.schemas.notice import ChannelText, JudgedText, NoticeContext, RenderedNotice
from tocsin.schemas.organisation import Organisation

_PAGE = re.compile(r"(?P<name>[\w-]+)\.(?P<locale>[a-z]{2,3}(?:-\w+)*)\.(?P<form>html|txt)")


_ANNOUNCEMENT = "announcement"


class Words(Protocol):
    """What kinds of data are called, which the gates of open texts look for."""

    def kind_names(self, locale: str) -> Mapping[DataKind, str]:
        """Return what each kind of data is called in a locale's texts."""
        ...


def judged_email(
    notice: RenderedNotice, context: NoticeContext, words: Words
) -> tuple[Finding, ...]:
    """Return what the gates find wrong with an e-mail."""
    cohort, organisation, code = notice.cohort, context.organisation, context.public_code
    found = (
        *check_notice(notice, required=[code], site=organisation.site),
        *notice_findings(
            notice,
            kinds=words.kind_names(cohort.locale),
            organisation=organisation,
            code=code,
        ),
        *_whole(
            cohort,
            context,
            sections_of_plain(notice.plain),
            text=f"{notice.subject}\n{notice.plain}",
            holds=notice.holds,
            pending=notice.pending,
        ),
    )
    return tuple(f.at(_place(Channel.EMAIL, cohort)) for f in found)


def judged_channel(text: ChannelText, context: NoticeContext, words: Words) -> JudgedText:
    """Return what a channel other than e-mail tells, with what the gates find wrong."""
    cohort = text.cohort
    judged = judge_text(
        text,
        kinds=words.kind_names(cohort.locale),
        organisation=context.organisation,
        code=context.public_code,
    )
    found = [*judged.findings]
    if text.holds is not None:
        found += _whole(
            cohort,
            context,
            _sections(text),
            text=text.text,
            holds=text.holds,
            pending=text.pending,
        )
    return judged._replace(findings=ranked(f.at(_place(text.channel, cohort)) for f in found))


def judged_round(
    ladders: Mapping[Cohort, Sequence[Channel]], context: NoticeContext
) -> tuple[Finding, ...]:
    """Return what is wrong whatever the texts say: languages, regimes that contradict."""
    found: list[Finding] = []
    for locale in sorted({cohort.locale for cohort in ladders}):
        found += story_findings(context.incident, locale)
    for cohort, channels in ladders.items():
        place = f"cohort {cohort.id}"
        both = (
            *conflict_findings(cohort, context.rules),
            *mailbox_findings(cohort, channels, context.rules, context.incident),
        )
        found += (f.at(place) for f in both)
    return tuple(found)


def judged_pages(
    pages: Mapping[str, str],
    locales: Sequence[str],
    context: NoticeContext,
    *,
    regimes: Sequence[str] = (),
    kinds: Sequence[DataKind] = (),
    said: Mapping[str, tuple[Collection[str], Collection[str]]] | None = None,
) -> tuple[Finding, ...]:
    """Return what the gates find wrong with an announcement, in the languages of its readers.

    `regimes` and `kinds` are those of its readers, `said` the content codes of its page by locale.
    """
    found: list[Finding] = [*public_findings(regimes, kinds, context, said or {})]
    for locale in locales:
        found += story_findings(context.incident, locale)
    for name, written in pages.items():
        if match := _PAGE.fullmatch(name):
            html = written if match["form"] == "html" else escape(written)
            address = context.publication.address
            judged = page_findings(html, match["locale"], context.organisation, address=address)
            found += (f.at(f"{match['name']}/{match['locale']}") for f in judged)
        if match and match["name"] == _ANNOUNCEMENT and said is not None:
            told = forbidden_in_public(
                Page(written).text,
                regimes,
                context.rules,
                context.incident,
                holds=tuple(said.get(match["locale"], ((), ()))[0]),
            )
            found += (f.at(f"{_ANNOUNCEMENT}/{match['locale']}") for f in told)
    return ranked(found)


def _whole(
    cohort: Cohort,
    context: NoticeContext,
    sections: Sequence[Section],
    *,
    text: str,
    holds: Sequence[str],
    pending: Sequence[str],
) -> Iterator[Finding]:
    """Yield what is wrong with a text that is the whole notice."""
    rules, incident = context.rules, context.incident
    yield from content_findings(
        cohort,
        rules,
        incident,
        holds=holds,
        pending=pending,
        organisation=context.organisation,
        late=context.late,
    )
    yield from forbidden_text_findings(text, cohort, rules, incident)
    if sections:
        yield from reading_findings(sections, cohort.locale, names=_names(context.organisation))


def _sections(text: ChannelText) -> tuple[Section, ...]:
    """Return the sections of a text that is read; a script is spoken, and has none."""
    if text.channel is Channel.CALL_LIST:
        return ()
    if text.channel is not Channel.LETTER:
        return sections_of_plain(text.text)
    read = json.loads("0".join(part.decode() for part in text.content.parts))
    return sections_of_letter(read["blocks"])


def _names(organisation: Organisation) -> tuple[str, ...]:
    return (organisation.legal_name, organisation.brand, *organisation.names.values())


def _place(channel: Channel, cohort: Cohort) -> str:
    return f"{channel.value}/{cohort.locale}"
