"""Texts of rounds that follow: each says what it is, in every language and on every channel."""

from dataclasses import replace

import pytest
from tocsin.rendering.environment import REFERENCE_SLOT
from tocsin.rendering.locales import locales
from tocsin.rendering.notice import render_notice
from tocsin.rules.channel_gates import judge_text, notice_findings
from tocsin.rules.gates import check_notice
from tocsin.rules.page import Page
from tocsin.runtimes.press import NoticePress
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.notice import Followed, NoticeContext
from tocsin.schemas.rounds import FOLLOWING, RoundKind

from golden.sample import KINDS, NOW, ORGANISATION, cohort, context, incident_with

KINDS_TOLD = [kind for kind in FOLLOWING if not kind.is_first_notice]
WRONG = {
    "en": "We wrote that the passwords could be read. They could not.",
    "zh-Hans": "我们曾写道密码可以被读取，实际上不能。",
}
NEW = {"en": "The audit of our suppliers has ended.", "zh-Hans": "对供应商的审计已经完成。"}
BEFORE = Followed("TC-22222", NOW.replace(day=3))
PROTECTED = tuple(kind for kind in DataKind if SENSITIVITY[kind] is Sensitivity.S3)
PRESS = NoticePress()
CHANNELS = [c for c in Channel if c not in {Channel.NONE, Channel.EMAIL}]


def following(kind: RoundKind, *, drill: bool = False) -> NoticeContext:
    told = incident_with("narratives", correction=WRONG, what_is_new=NEW)
    return replace(context(of=told, drill=drill), kind=kind, follows=(BEFORE,))


@pytest.mark.parametrize("recipient", list(RecipientKind))
@pytest.mark.parametrize("kinds", [KINDS, PROTECTED, ()], ids=["plain", "protected", "none"])
@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("kind", KINDS_TOLD)
def test_its_texts_pass_the_gates_on_every_channel(
    kind: RoundKind, locale: str, kinds: tuple[DataKind, ...], recipient: RecipientKind
) -> None:
    told, of = following(kind), cohort(locale=locale, kinds=kinds, recipient=recipient)
    names, code = PRESS.kind_names(locale), told.public_code
    notice = render_notice(of, told)
    assert check_notice(notice, required=[code, BEFORE.code], site=ORGANISATION.site) == ()
    assert notice_findings(notice, kinds=names, organisation=ORGANISATION, code=code) == ()
    for channel in CHANNELS:
        text = PRESS.text(channel, of, told)
        judged = judge_text(text, kinds=names, organisation=ORGANISATION, code=code)
        assert judged.findings == (), channel


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("kind", [RoundKind.CORRECTION, RoundKind.RETRACTION])
def test_a_correction_and_a_retraction_begin_with_what_was_wrong(
    kind: RoundKind, locale: str
) -> None:
    told, of = following(kind), cohort(locale=locale)
    notice = render_notice(of, told)
    _, heading, first, *_ = [line for line in notice.plain.splitlines() if line]
    assert heading.startswith("== ")
    assert first == WRONG[locale]
    assert notice.plain.index(BEFORE.code) < notice.plain.index(told.public_code)
    assert WRONG[locale] in Page(notice.html).text
    letter = PRESS.text(Channel.LETTER, of, told).text
    assert letter.index(WRONG[locale]) < letter.index(BEFORE.code) < letter.index(told.public_code)
    assert WRONG[locale] in PRESS.text(Channel.CALL_LIST, of, told).text


@pytest.mark.parametrize("locale", locales())
def test_a_retraction_names_no_data_and_asks_for_nothing(locale: str) -> None:
    told, of = following(RoundKind.RETRACTION), cohort(locale=locale)
    labels = PRESS.kind_names(locale)
    texts = [render_notice(of, told).plain, PRESS.text(Channel.LETTER, of, told).text]
    for text in texts:
        assert [labels[kind] for kind in KINDS if labels[kind] in text] == []
        assert text.count(REFERENCE_SLOT) == 1


def test_an_update_says_what_is_new_and_then_the_whole_notice() -> None:
    plain = render_notice(cohort(), following(RoundKind.UPDATE)).plain
    assert "What is new since our notice of 3 November 2026" in plain
    assert plain.index(NEW["en"]) < plain.index("== What happened ==")
    assert WRONG["en"] not in plain


def test_the_subject_of_each_kind_is_its_own_and_neutral_where_data_is_protected() -> None:
    first = render_notice(cohort(), context()).subject
    subjects = [render_notice(cohort(), following(kind)).subject for kind in KINDS_TOLD]
    assert len({first, *subjects}) == 1 + len(KINDS_TOLD)
    discreet = cohort(kinds=PROTECTED)
    neutral = render_notice(discreet, context()).subject
    for kind in set(KINDS_TOLD) - {RoundKind.RETRACTION}:
        assert render_notice(discreet, following(kind)).subject == neutral


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.APP_PUSH, Channel.CALL])
def test_an_open_channel_says_that_a_notice_follows_another(channel: Channel) -> None:
    texts = {PRESS.text(channel, cohort(), following(kind)).text for kind in KINDS_TOLD}
    texts.add(PRESS.text(channel, cohort(), context()).text)
    assert len(texts) == 1 + len(KINDS_TOLD)


def test_a_text_for_those_who_are_told_first_has_no_opening() -> None:
    delta = replace(following(RoundKind.DELTA), follows=())
    told = replace(delta, kind=RoundKind.INITIAL)
    assert render_notice(cohort(), delta) == render_notice(cohort(), told)
