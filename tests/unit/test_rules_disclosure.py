from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rendering.channel_texts import kind_names
from tocsin.rendering.locales import locales
from tocsin.rules.disclosure import (
    OwnWords,
    closed_findings,
    disclosure_findings,
    open_findings,
    terms,
)
from tocsin.schemas.channels import DISCLOSURE, Channel, Disclosure
from tocsin.schemas.data_kinds import SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.finding import Finding

from golden.sample import ORGANISATION

_OWN = OwnWords.of(ORGANISATION, "TC-23456")
_PROTECTED = [kind for kind in DataKind if SENSITIVITY[kind] is Sensitivity.S3]
_AROUND = {"en": ("We lost your ", " last week."), "zh-Hans": ("我们泄露了您的", "。")}
_OPEN = [channel for channel, level in DISCLOSURE.items() if level is Disclosure.OPEN]


def _open(text: str, locale: str = "en") -> tuple[str, ...]:
    return _texts(open_findings(text, kinds=kind_names(locale), own=_OWN))


def _texts(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(finding.text for finding in findings)


@pytest.mark.parametrize("kind", DataKind)
@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("channel", _OPEN)
def test_a_kind_that_an_open_text_names_is_found(
    channel: Channel, locale: str, kind: DataKind
) -> None:
    kinds = kind_names(locale)
    before, after = _AROUND[locale]
    for term in terms(kinds[kind]):
        for text in (f"{before}{term}{after}", f"{before}{term.upper()}{after}", term):
            found = _texts(disclosure_findings(channel, text, kinds=kinds, own=_OWN))
            assert f"It names a kind of data: {kinds[kind]}." in found


@pytest.mark.parametrize("kind", DataKind)
@pytest.mark.parametrize("locale", locales())
def test_a_closed_text_may_name_any_kind_that_is_not_protected(locale: str, kind: DataKind) -> None:
    kinds = kind_names(locale)
    before, after = _AROUND[locale]
    text = f"{before}{kinds[kind]}{after}"
    found = _texts(disclosure_findings(Channel.IN_APP, text, kinds=kinds, own=_OWN))
    assert found == ((f"It names protected data: {kinds[kind]}.",) if kind in _PROTECTED else ())


@given(
    channel=st.sampled_from(_OPEN),
    locale=st.sampled_from(locales()),
    kind=st.sampled_from(DataKind),
    around=st.tuples(st.text(max_size=30), st.text(max_size=30)),
)
@settings(deadline=None, max_examples=200)
def test_no_words_around_a_kind_hide_it(
    channel: Channel, locale: str, kind: DataKind, around: tuple[str, str]
) -> None:
    kinds = kind_names(locale)
    text = f"{around[0]} {kinds[kind]} {around[1]}"
    found = _texts(disclosure_findings(channel, text, kinds=kinds, own=_OWN))
    assert f"It names a kind of data: {kinds[kind]}." in found


def test_a_word_that_only_begins_like_a_kind_is_no_kind() -> None:
    assert _open("Our facebook page and your filename.") == ()


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "Your passwords were copied."),
        ("en", "Your passport was copied."),
        ("en", "Your health data was copied."),
        ("en", "Your email was copied."),
        ("zh-Hans", "您的密码已泄露。"),
        ("zh-Hans", "您的护照已泄露。"),
        ("zh-Hans", "您的医疗健康资料已泄露。"),
    ],
)
def test_a_kind_is_found_in_other_words_of_its_label(locale: str, text: str) -> None:
    found = _open(text, locale)
    assert found
    assert all(finding.startswith("It names a kind of data: ") for finding in found)


@pytest.mark.parametrize(
    "text",
    [
        "Open https://books.example.com now",
        "Open http://books.example.com/x",
        "Open www.books.example.com",
        "Type books.example.com/notice",
        "Type login.books.example.com",
        "Type books.example.com.evil.example",
        "Type evil-books.example.com",
        "Type books.example.com@evil.example",
        "Tap bit.ly/3xY",
        "Tap tinyurl.com",
        "Tap ѕhop.example",
        "Tap app://notice",
        "请打开bit.ly/abc查看",
        "请打开例子.中国查看",
    ],
)
def test_a_link_in_an_open_text_is_found(text: str) -> None:
    assert any(f.startswith("It holds a link or an address: ") for f in _open(text))


def test_the_own_site_may_be_spelled_out_once() -> None:
    assert _open("Type books.example.com yourself.") == ()
    assert _open("请输入books.example.com查看。", "zh-Hans") == ()
    twice = _open("Type books.example.com or Books.Example.com.")
    assert twice == ("It names books.example.com 2 times; once is enough.",)


def test_a_brand_that_is_its_own_site_may_stand_beside_it() -> None:
    own = OwnWords("books.example.com", ("Books.example.com",))
    text = "Books.example.com: We have a notice. Type books.example.com yourself."
    assert open_findings(text, kinds=kind_names("en"), own=own) == ()


@pytest.mark.parametrize("number", ["+353 1 555 0100", "12377", "(020) 7946-0018", "１２３７７"])
def test_a_number_to_call_in_an_open_text_is_found(number: str) -> None:
    assert _open(f"Call {number} now.") == ("It holds a number that could be a telephone's.",)


@pytest.mark.parametrize("text", ["Press 1, then 2.", "Ref XXXXX-XXXXX.", "Code TC-23456.", "24 h"])
def test_a_key_a_reference_and_the_public_code_are_no_numbers_to_call(text: str) -> None:
    assert _open(text) == ()


def test_an_e_mail_address_in_an_open_text_is_found() -> None:
    assert "It holds an e-mail address." in _open("Write to privacy@books.example.com.")
    assert "It holds an e-mail address." in _open("Write to a@localhost.")


def test_a_place_for_a_name_in_an_open_text_is_found() -> None:
    assert _open("Dear {person}: a notice. Ref {reference}.") == ("It has a place for 'person'.",)


def test_a_brand_that_is_the_word_of_a_kind_is_still_a_brand() -> None:
    own = OwnWords("clinic.example.com", ("Passport Health Records",))
    text = "Passport Health Records: We have a notice."
    assert open_findings(text, kinds=kind_names("en"), own=own) == ()


def test_a_brand_hides_no_link() -> None:
    own = OwnWords("books.example.com", ("Books evil.example",))
    found = _texts(open_findings("Books evil.example: a notice.", kinds=kind_names("en"), own=own))
    assert found == ("It holds a link or an address: evil.example.",)


def test_a_story_may_speak_of_criminals_and_victims() -> None:
    text = (
        "Criminals copied it. We help every victim. A camera was broken. We keep it confidential."
    )
    assert closed_findings(text, kinds=kind_names("en")) == ()


def test_a_sealed_channel_may_name_everything() -> None:
    kinds = kind_names("en")
    text = ", ".join(kinds.values())
    assert disclosure_findings(Channel.CALL_LIST, text, kinds=kinds, own=_OWN) == ()
    assert disclosure_findings(Channel.LETTER, text, kinds=kinds, own=_OWN) == ()
