import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rendering.channel_texts import CHANNELS, channel_text, kind_names
from tocsin.rendering.locales import locales
from tocsin.rendering.notice import render_notice
from tocsin.rendering.splicing import cut, cut_json
from tocsin.rules.channel_gates import judge_text, notice_findings
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.notice import ChannelText, JudgedText, Segments

from golden.sample import ORGANISATION, PROTECTED, RECIPIENTS, cohort, context

_CODE = "TC-4K7QX"


def _judged(text: ChannelText, locale: str = "en") -> JudgedText:
    return judge_text(text, kinds=kind_names(locale), organisation=ORGANISATION, code=_CODE)


def _said(judged: JudgedText) -> tuple[str, ...]:
    return tuple(finding.text for finding in judged.findings)


def _made(channel: Channel, content: Segments, locale: str = "en") -> JudgedText:
    text = ChannelText(channel, cohort(locale=locale), "not judged", content)
    return _judged(text, locale)


def _with(channel: Channel, **fields: Any) -> JudgedText:
    real = channel_text(channel, cohort(), context()).content
    whole = json.loads("0".join(part.decode() for part in real.parts))
    kept = {name: whole[name] for name in whole if name not in {"reference", "code"}}
    return _made(channel, cut_json({**kept, **fields}))


_kinds = st.sets(st.sampled_from(DataKind), min_size=1).map(tuple)


@given(
    channel=st.sampled_from(CHANNELS),
    locale=st.sampled_from(locales()),
    recipient=st.sampled_from(RECIPIENTS),
    kinds=_kinds,
    drill=st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_every_text_of_ours_passes_for_every_cohort(
    channel: Channel,
    locale: str,
    recipient: RecipientKind,
    kinds: tuple[DataKind, ...],
    drill: bool,
) -> None:
    each = cohort(locale=locale, recipient=recipient, kinds=kinds)
    assert _judged(channel_text(channel, each, context(drill=drill)), locale).findings == ()


@pytest.mark.parametrize("kind", DataKind)
@pytest.mark.parametrize("locale", locales())
def test_every_text_of_ours_passes_for_every_kind(locale: str, kind: DataKind) -> None:
    each = cohort(locale=locale, kinds=(kind,))
    for channel in CHANNELS:
        assert _judged(channel_text(channel, each, context()), locale).findings == ()
    notice = render_notice(each, context())
    names = kind_names(locale)
    assert not notice_findings(notice, kinds=names, organisation=ORGANISATION, code=_CODE)


def test_the_size_is_said_as_the_channel_counts_it() -> None:
    def size(channel: Channel, locale: str = "en") -> str:
        return _judged(channel_text(channel, cohort(locale=locale), context()), locale).size

    assert size(Channel.SMS) == "144 characters, 1 part (gsm-7)"
    assert size(Channel.SMS, "zh-Hans") == "68 characters, 1 part (ucs-2)"
    assert size(Channel.APP_PUSH) == "title 32, body 89 characters"
    assert size(Channel.CALL) == "84 words"
    assert size(Channel.CALL, "zh-Hans") == "156 characters"


@pytest.mark.parametrize(
    ("locale", "text", "parts"),
    [
        ("en", "a" * 149, 1),
        ("en", "a" * 150, 2),
        ("zh-Hans", "通" * 59, 1),
        ("zh-Hans", "通" * 60, 2),
        ("ar", "ن" * 123, 2),
        ("ar", "ن" * 124, 3),
    ],
)
def test_a_text_message_has_as_many_parts_as_its_language_needs(
    locale: str, text: str, parts: int
) -> None:
    judged = _made(Channel.SMS, cut(text + "{reference}"), locale)
    assert f"{parts} part" in judged.size
    assert bool(judged.findings) is (parts > (2 if locale == "ar" else 1))


def test_the_character_that_makes_a_text_message_long_is_named() -> None:
    judged = _made(Channel.SMS, cut("We’re writing to you. " + "a" * 60 + " {reference}"))
    assert "It would be shorter without ’." in _said(judged)


def test_the_mark_of_an_exercise_is_not_counted() -> None:
    assert _made(Channel.SMS, cut("[EXERCISE] " + "a" * 149 + "{reference}")).findings == ()
    assert _with(Channel.APP_PUSH, title="[EXERCISE] " + "a" * 40).findings == ()


@pytest.mark.parametrize("channel", [Channel.APP_PUSH, Channel.WEB_PUSH])
@pytest.mark.parametrize(("field", "most"), [("title", 40), ("body", 110)])
def test_a_push_is_short(channel: Channel, field: str, most: int) -> None:
    assert _with(channel, **{field: "a" * most}).findings == ()
    (finding,) = _with(channel, **{field: "a" * (most + 1)}).findings
    assert f"more than {most}" in finding.text


def test_a_call_is_short() -> None:
    assert _with(Channel.CALL, say=["word " * 100]).findings == ()
    (finding,) = _with(Channel.CALL, say=["word " * 101]).findings
    assert finding.text == "It has 101 words, more than the 100 that people listen to."
    assert _with(Channel.CALL, lang="zh-Hans", say=["通" * 180]).findings == ()
    assert _with(Channel.CALL, lang="zh-Hans", say=["通" * 181]).findings


@pytest.mark.parametrize(
    ("channel", "fields"),
    [
        (Channel.APP_PUSH, {"title": "Your passport was copied"}),
        (Channel.APP_PUSH, {"body": "Tap bit.ly/x"}),
        (Channel.CALL, {"say": ["Call +353 1 555 0100."]}),
        (Channel.CALL, {"voicemail": ["Your health records were copied."]}),
        (Channel.IN_APP, {"title": "Your health records were copied (TC-4K7QX)"}),
        (Channel.IN_APP, {"body": "TC-4K7QX. Your health records were copied."}),
        (Channel.WEBHOOK, {"body": "TC-4K7QX. See https://evil.example."}),
        (Channel.WEBHOOK, {"html": "<p>TC-4K7QX</p><p>Your genetic data was copied.</p>"}),
        (Channel.CALL_LIST, {"script": ["Your passport was copied.", "[Check]", "Data."]}),
        (Channel.CALL_LIST, {"script": ["Hello.", "[Check]"]}),
    ],
)
def test_what_a_channel_may_not_say_blocks(channel: Channel, fields: dict[str, Any]) -> None:
    assert len(_with(channel, **fields).findings) == 1


def test_a_text_without_its_reference_or_with_another_slot_blocks() -> None:
    assert _said(_made(Channel.SMS, cut("A notice."))) == ("It lacks the person's reference.",)
    named = Segments(parts=(b"Dear ", b": ref ", b"."), slots=("recipient", "reference"))
    assert _said(_made(Channel.SMS, named)) == ("It has a place for 'recipient'.",)
    content = channel_text(Channel.APP_PUSH, cohort(), context()).content
    uncoded = Segments(
        parts=(*content.parts[:-2], b"".join(content.parts[-2:])), slots=content.slots[:-1]
    )
    assert _said(_made(Channel.APP_PUSH, uncoded)) == ("It lacks the person's code.",)


def test_an_e_mail_names_no_data_in_its_subject_and_nothing_protected_at_all() -> None:
    notice = render_notice(cohort(kinds=PROTECTED), context())
    names = kind_names("en")

    def found(**changes: Any) -> tuple[str, ...]:
        changed = dataclasses.replace(notice, **changes)
        judged = notice_findings(changed, kinds=names, organisation=ORGANISATION, code=_CODE)
        return tuple(finding.text for finding in judged)

    assert found() == ()
    assert found(subject="Your passport number (TC-4K7QX)") == (
        "It names a kind of data: Passport number or copy.",
    )
    assert found(plain="Your health records") == ("It names protected data: Health records.",)
    assert found(html="<p>Your <b>health</b> records</p>") == (
        "It names protected data: Health records.",
    )
