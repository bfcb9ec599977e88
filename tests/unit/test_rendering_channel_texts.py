import dataclasses
import json
from typing import Any

import pytest
from tocsin.rendering.channel_texts import CHANNELS, channel_text, kind_names
from tocsin.rendering.locales import locales, messages
from tocsin.rendering.notice import render_notice
from tocsin.rendering.splicing import splice
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import DISCLOSURE, Channel, Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.organisation import Organisation

from golden.sample import (
    CODE,
    KINDS,
    ORGANISATION,
    PROTECTED,
    RECIPIENTS,
    REFERENCE,
    cohort,
    context,
    incident_with,
)

_OPEN = tuple(c for c in CHANNELS if DISCLOSURE[c] is Disclosure.OPEN)
_PUSHES = (Channel.WEB_PUSH, Channel.APP_PUSH)
_HOSTILE = '"}{reference}{code}\x00code\x00\u202e\n<b>'


def _handed_over(channel: Channel, **changes: Any) -> dict[str, Any]:
    text = channel_text(channel, cohort(**changes), context())
    content = splice(text.content, {"reference": REFERENCE, "code": CODE})
    fields: dict[str, Any] = json.loads(content)
    return fields


def _text(channel: Channel, *, drill: bool = False, **changes: Any) -> str:
    return channel_text(channel, cohort(**changes), context(drill=drill)).text


def test_a_text_message_says_who_writes_and_how_to_check_by_oneself() -> None:
    assert _text(Channel.SMS) == (
        "Example Books: A security incident affected your data. Open our app or type "
        "books.example.com yourself. Ref {reference}. We never ask for codes."
    )


def test_a_chinese_text_message_begins_with_its_signature() -> None:
    for recipient in RECIPIENTS:
        text = _text(Channel.SMS, locale="zh-Hans", recipient=recipient)
        assert text.startswith("【示例书店】")


@pytest.mark.parametrize("channel", _OPEN)
@pytest.mark.parametrize("locale", locales())
def test_an_open_text_is_neutral_when_protected_data_is_concerned(
    channel: Channel, locale: str
) -> None:
    neutral = {_text(channel, locale=locale, kinds=(k,)) for k in (DataKind.MEDICAL, *PROTECTED)}
    ordinary = _text(channel, locale=locale)
    concerns = {messages(locale)("channel.concern"), messages(locale)("channel.concern_sms")}
    assert any(concern in ordinary for concern in concerns)
    assert not any(
        concern in _text(channel, locale=locale, kinds=PROTECTED) for concern in concerns
    )
    assert len(neutral) == 2  # one for what is protected, one for what is not


@pytest.mark.parametrize("channel", _OPEN)
@pytest.mark.parametrize("locale", locales())
def test_an_open_text_is_the_same_whatever_ordinary_data_leaked(
    channel: Channel, locale: str
) -> None:
    one, many = (_text(channel, locale=locale, kinds=k) for k in ((DataKind.NAME,), KINDS))
    assert one == many


@pytest.mark.parametrize("channel", _PUSHES)
def test_a_push_has_a_title_a_body_and_what_the_app_needs(channel: Channel) -> None:
    assert set(_handed_over(channel)) == {"title", "body", "lang", "reference", "code"}


def test_a_call_says_what_to_do_and_asks_for_nothing() -> None:
    fields = _handed_over(Channel.CALL)
    assert set(fields) == {"lang", "say", "voicemail", "reference", "code"}
    spoken = " ".join(fields["say"])
    for words in ("not a sales call", "will not ask", "hang up", "press 1", "press 2", REFERENCE):
        assert words in spoken
    assert "incident" not in " ".join(fields["voicemail"])


def test_in_the_app_and_to_an_own_system_goes_the_closed_notice_of_the_e_mail() -> None:
    for disclosure in Disclosure:
        each = cohort(kinds=PROTECTED, disclosure=disclosure)
        notice = render_notice(dataclasses.replace(each, disclosure=Disclosure.CLOSED), context())
        fields = _handed_over(Channel.IN_APP, kinds=PROTECTED, disclosure=disclosure)
        assert fields == _handed_over(Channel.WEBHOOK, kinds=PROTECTED, disclosure=disclosure)
        assert fields["title"] == notice.subject
        assert fields["body"] == notice.plain.replace("{reference}", REFERENCE)
        assert fields["html"] == notice.html.replace("{reference}", REFERENCE)


@pytest.mark.parametrize("locale", locales())
def test_a_call_centre_names_data_only_after_the_check(locale: str) -> None:
    opening, check, *rest = _handed_over(Channel.CALL_LIST, locale=locale, kinds=PROTECTED)[
        "script"
    ]
    for name in (kind_names(locale)[kind] for kind in PROTECTED):
        assert f"- {name}" in rest
        assert name not in opening + check


def test_a_call_centre_tells_all_four_sections() -> None:
    script = _handed_over(Channel.CALL_LIST)["script"]
    t = messages("en")
    places = [
        script.index(f"[{t(f'notice.{name}')}]")
        for name in ("what_happened", "kinds", "harms", "measures", "advice", "remedies")
    ]
    assert places == sorted(places)
    assert any(REFERENCE in line for line in script)
    assert any("TC-4K7QX" in line for line in script)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("locale", locales())
def test_an_exercise_says_that_it_is_one_before_anything_else(
    channel: Channel, locale: str
) -> None:
    t = messages(locale)
    text = _text(channel, locale=locale, drill=True)
    assert text.startswith((t("drill.prefix"), t("drill.spoken")))
    assert not _text(channel, locale=locale).startswith((t("drill.prefix"), t("drill.spoken")))


@pytest.mark.parametrize("locale", locales())
def test_every_kind_of_recipient_has_words_of_its_own(locale: str) -> None:
    for channel in (Channel.SMS, Channel.APP_PUSH, Channel.CALL, Channel.CALL_LIST):
        texts = {_text(channel, locale=locale, recipient=recipient) for recipient in RECIPIENTS}
        assert len(texts) == len(RECIPIENTS) == 6


@pytest.mark.parametrize(
    ("locale", "own"), [("en", "your data is included"), ("zh-Hans", "您的个人信息")]
)
def test_an_organisation_is_not_told_of_data_of_its_own(locale: str, own: str) -> None:
    organisation = RECIPIENTS[-1]
    assert organisation.value == "organisation"
    notice = render_notice(cohort(locale=locale, recipient=organisation), context())
    assert own not in notice.subject + notice.plain
    for channel in CHANNELS:
        assert own not in _text(channel, locale=locale, recipient=organisation)


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("recipient", RECIPIENTS[2:])
def test_whoever_acts_for_someone_is_told_why_they_get_the_notice(
    locale: str, recipient: RecipientKind
) -> None:
    t = messages(locale).speaking_to(recipient.value)
    assert t("notice.why_you")
    assert (
        t("notice.why_you")
        in render_notice(cohort(locale=locale, recipient=recipient), context()).plain
    )


@pytest.mark.parametrize("channel", CHANNELS)
def test_hostile_text_makes_no_slot_and_no_field(channel: Channel) -> None:
    values = {**ORGANISATION.model_dump(), "brand": f"Books{_HOSTILE}", "names": {}}
    hostile = context(
        of=incident_with("narratives", what_happened={"en": f"Story{_HOSTILE}"}),
        organisation=Organisation(**values),
    )
    plain = channel_text(channel, cohort(), context())
    text = channel_text(channel, cohort(), hostile)
    assert text.content.slots == plain.content.slots
    content = splice(text.content, {"reference": REFERENCE, "code": CODE})
    if channel is not Channel.SMS:
        fields = json.loads(content)
        assert set(fields) == set(_handed_over(channel))
        assert (fields["reference"], fields["code"]) == (REFERENCE, CODE)
    assert "\u202e" not in content.decode()


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.LETTER, Channel.NONE])
def test_a_text_that_is_made_elsewhere_is_not_made_here(channel: Channel) -> None:
    with pytest.raises(InvalidInput) as refused:
        channel_text(channel, cohort(), context())
    assert refused.value.field == "channel"


@pytest.mark.parametrize("channel", [Channel.IN_APP, Channel.CALL_LIST])
def test_a_whole_notice_needs_a_story(channel: Channel) -> None:
    empty = context(of=incident_with("narratives", what_happened={"en": " "}))
    with pytest.raises(InvalidInput, match=r"narratives\.what_happened"):
        channel_text(channel, cohort(), empty)


def test_the_text_keeps_the_cohort_that_it_was_asked_for() -> None:
    each = cohort(number=7)
    assert channel_text(Channel.CALL_LIST, each, context()).cohort == each
