"""Where a code of a pool stands in each text, and where it never does."""

import json
from typing import Any

import pytest
from tocsin.rendering.announcement import render_announcement
from tocsin.rendering.channel_texts import CHANNELS, channel_text, kind_names
from tocsin.rendering.letter import letter_text
from tocsin.rendering.locales import locales
from tocsin.rendering.mime import segments
from tocsin.rendering.notice import render_notice
from tocsin.rendering.report import draft_report
from tocsin.rendering.report_sheet import report_html
from tocsin.rendering.report_values import CODES as CONTENT
from tocsin.rendering.splicing import cut, cut_json, splice
from tocsin.rules.channel_gates import judge_text, notice_findings
from tocsin.rules.gates import check_notice
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import ChannelText, RenderedNotice, Segments

from golden.sample import (
    CODE,
    INCIDENT,
    NOW,
    ORGANISATION,
    RECIPIENTS,
    REFERENCE,
    cohort,
    context,
    incident,
    report_context,
)

TELLING = (Channel.IN_APP, Channel.WEBHOOK, Channel.CALL_LIST, Channel.LETTER)
MINE = "QX7-0042-ZZZZ-9"
VALUES = {
    "recipient": "a@example.org",
    "reference": REFERENCE,
    "message_id": "<unique@example.org>",
    "code": CODE,
    "enrolment": MINE,
}
PUBLIC = "TC-4K7QX"


def offering(**changes: Any) -> Any:
    """Return a context whose hot line comes with a code of a pool."""
    forced, hotline = INCIDENT["remedies"]
    return context(of=incident(remedies=[forced, hotline | {"code_pool": "a"}], **changes))


def text_of(channel: Channel, locale: str = "en", *, of: Any = None) -> ChannelText:
    each = cohort(locale=locale)
    if channel is Channel.LETTER:
        return letter_text(each, of or offering())
    return channel_text(channel, each, of or offering())


def email(notice: RenderedNotice) -> Segments:
    return segments(
        notice, sender=(None, "n@example.com"), reply_to=None, dated=NOW, organisation=ORGANISATION
    )


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("recipient", RECIPIENTS)
def test_an_email_tells_the_code_once_in_each_form_and_passes_the_gates(
    locale: str, recipient: RecipientKind
) -> None:
    notice = render_notice(cohort(locale=locale, recipient=recipient), offering())
    cut_up = email(notice)
    assert cut_up.slots == (
        *("recipient", "message_id", "enrolment", "reference", "enrolment", "reference"),
    )
    sent = splice(cut_up, VALUES)
    assert sent.count(MINE.encode()) == 2
    assert max(map(len, sent.split(b"\r\n"))) <= 78
    assert check_notice(notice, required=[PUBLIC], site=ORGANISATION.site) == ()
    kinds = kind_names(locale)
    assert notice_findings(notice, kinds=kinds, organisation=ORGANISATION, code=PUBLIC) == ()


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("channel", TELLING)
def test_what_only_the_person_reads_or_hears_tells_the_code_and_passes_its_gate(
    channel: Channel, locale: str
) -> None:
    text = text_of(channel, locale)
    assert "enrolment" in text.content.slots
    assert "{enrolment}" in text.text
    told = json.loads(splice(text.content, VALUES))
    assert MINE in json.dumps(told)
    judged = judge_text(text, kinds=kind_names(locale), organisation=ORGANISATION, code=PUBLIC)
    assert judged.findings == ()


@pytest.mark.parametrize("channel", [c for c in CHANNELS if c not in TELLING])
def test_what_others_may_read_or_hear_has_no_place_for_a_code_and_its_gate_refuses_one(
    channel: Channel,
) -> None:
    text = text_of(channel)
    assert "enrolment" not in text.content.slots
    assert text == text_of(channel, of=context())
    if channel is Channel.SMS:
        forged = cut("Ref {reference}, code {enrolment}")
    else:
        whole = json.loads("0".join(part.decode() for part in text.content.parts))
        forged = cut_json({**whole, "title": "{enrolment}", "say": ["{enrolment}"]})
    judged = judge_text(
        ChannelText(channel, text.cohort, "", forged),
        kinds=kind_names("en"),
        organisation=ORGANISATION,
        code=PUBLIC,
    )
    assert "It has a place for 'enrolment'." in {f.text for f in judged.findings}


@pytest.mark.parametrize("channel", TELLING)
def test_a_letter_and_all_else_says_the_code_under_its_remedy(channel: Channel) -> None:
    text = text_of(channel).text
    assert text.index("31 March 2027") < text.index("{enrolment}") < text.index("{reference}")


def test_pages_and_reports_which_everybody_reads_hold_no_place_for_a_code() -> None:
    pages = render_announcement(
        offering(),
        cohort_kinds=cohort().kinds,
        regimes=("EU-GDPR",),
        locales=["en", "zh-Hans"],
        one_by_one=OneByOne.EVERYBODY,
    )
    report = report_html(
        draft_report(report_context(content=tuple(CONTENT), of=offering().incident))
    )
    for page in (*pages.values(), report):
        assert b"enrolment" not in page
        assert b"code for it" not in page


def test_a_remedy_without_a_pool_leaves_no_place_for_a_code() -> None:
    assert "enrolment" not in email(render_notice(cohort(), context())).slots
    for channel in TELLING:
        assert "enrolment" not in text_of(channel, of=context()).content.slots


@pytest.mark.parametrize("forged", ["{enrolment}", "a {enrolment} b", "\x00enrolment\x00"])
def test_words_of_an_incident_make_no_place_for_a_code(forged: str) -> None:
    told = {"en": f"Criminals copied data.\n{forged}\nThat is all."}
    hostile = context(of=incident(narratives={"what_happened": told}))
    assert "enrolment" not in email(render_notice(cohort(), hostile)).slots
    for channel in (*TELLING, Channel.SMS):
        assert "enrolment" not in text_of(channel, of=hostile).content.slots


@pytest.mark.parametrize("more", ["\n{enrolment}\n", "is {enrolment} here"])
def test_a_code_that_would_stand_twice_or_within_a_line_is_refused(more: str) -> None:
    notice = render_notice(cohort(), offering())
    broken = RenderedNotice(notice.cohort, notice.subject, notice.plain + more, notice.html)
    with pytest.raises(InvalidInput, match="on a line of its own"):
        email(broken)
