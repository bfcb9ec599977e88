import dataclasses
import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rendering.notice import render_notice, text_hash
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.organisation import Organisation

from golden.sample import (
    KINDS,
    ORGANISATION,
    cohort,
    context,
    incident,
    incident_with,
)

_LOCALES = ("en", "zh-Hans")


class _Text(HTMLParser):
    """The text of a page, and every tag and attribute that it uses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._style = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize("locale", _LOCALES)
@pytest.mark.parametrize("recipient", RecipientKind)
def test_a_notice_has_every_section_in_both_forms(locale: str, recipient: RecipientKind) -> None:
    notice = render_notice(cohort(locale=locale, recipient=recipient), context())
    headings = re.findall(r"^== (.*) ==$", notice.plain, flags=re.MULTILINE)
    in_html = [unescape(h) for h in re.findall(r"<h[23]>(.*?)</h[23]>", notice.html)]
    assert len(headings) == (8 if recipient is RecipientKind.MINOR else 9)
    assert set(headings) <= set(in_html)
    for fact in ("books.example.com", "TC-4K7QX", "privacy@books.example.com", "+353 1 555 0100"):
        assert fact in notice.plain
        assert fact in notice.html


@pytest.mark.parametrize("locale", _LOCALES)
@pytest.mark.parametrize("recipient", RecipientKind)
def test_the_reference_is_one_slot_alone_on_a_line(locale: str, recipient: RecipientKind) -> None:
    notice = render_notice(cohort(locale=locale, recipient=recipient), context())
    for text in (notice.plain, notice.html):
        assert text.count("{reference}") == 1
        assert "\n{reference}\n" in text
    assert "{reference}" not in notice.subject


@pytest.mark.parametrize("locale", _LOCALES)
def test_a_notice_holds_no_link_no_picture_no_script_and_little_weight(locale: str) -> None:
    notice = render_notice(cohort(locale=locale), context())
    page = _Text(notice.html)
    assert not page.tags & {"a", "img", "script", "link", "iframe", "form", "button", "object"}
    assert not page.attributes & {"href", "src", "background", "srcset", "onload"}
    assert "http" not in notice.html
    assert "url(" not in notice.html.replace("url=no", "")
    assert len(notice.html.encode()) < 100_000
    assert f'<html lang="{locale}" dir="ltr">' in notice.html


def test_a_notice_names_the_kinds_of_its_own_cohort_and_no_others() -> None:
    few = render_notice(cohort(kinds=(DataKind.NAME, DataKind.PHONE_NUMBER)), context())
    assert "- Name\n" in few.plain
    assert "- Phone number\n" in few.plain
    assert "assword (" not in few.plain
    assert "Postal address" not in few.html


@pytest.mark.parametrize(
    ("locale", "special"),
    [
        ("en", "Information that the law protects specially"),
        ("zh-Hans", "法律特别保护的敏感个人信息"),
    ],
)
def test_protected_kinds_are_one_category_and_the_subject_is_neutral(
    locale: str, special: str
) -> None:
    kinds = (DataKind.NAME, DataKind.MEDICAL, DataKind.GENETIC)
    notice = render_notice(cohort(locale=locale, kinds=kinds), context())
    assert notice.plain.count(f"- {special}\n") == 1
    for secret in ("Health", "Genetic", "medic", "doctor", "医疗", "基因", "用药", "病历"):
        assert secret not in notice.plain
        assert secret not in notice.html
        assert secret not in notice.subject
    assert "data" not in notice.subject
    assert "个人信息" not in notice.subject


def test_a_sealed_notice_names_protected_kinds() -> None:
    kinds = (DataKind.NAME, DataKind.MEDICAL)
    notice = render_notice(cohort(kinds=kinds, disclosure=Disclosure.SEALED), context())
    assert "- Health records\n" in notice.plain


def test_an_open_notice_names_no_kind_at_all() -> None:
    notice = render_notice(cohort(disclosure=Disclosure.OPEN), context())
    assert "Phone number" not in notice.plain
    assert "We do not list it in this message." in notice.plain


@pytest.mark.parametrize(("locale", "prefix"), [("en", "[EXERCISE] "), ("zh-Hans", "【演练】")])
def test_a_drill_says_so_in_the_subject_and_first(locale: str, prefix: str) -> None:
    real = render_notice(cohort(locale=locale), context())
    drill = render_notice(cohort(locale=locale), context(drill=True))
    assert drill.subject == prefix + real.subject
    assert drill.plain.splitlines()[2:] == real.plain.splitlines()
    assert drill.plain.splitlines()[0] in drill.html
    assert "演练" not in real.plain
    assert "exercise" not in real.plain


def test_what_is_not_known_is_said_once() -> None:
    facts = {"started": {"state": "being_determined"}, "ended": {"state": "cannot_be_determined"}}
    notice = render_notice(cohort(), context(of=incident_with("facts", **facts)))
    assert notice.plain.count("when it began") == 1
    assert "We do not know yet: when it began, how far the information got." in notice.plain
    assert "This cannot be found out any more: when it ended." in notice.plain
    assert "\nWhen: " not in notice.plain


def test_a_fact_that_may_not_be_published_is_not_in_a_notice() -> None:
    hidden = {"value": "2026-11-12T08:00:00+01:00", "may_publish": False}
    notice = render_notice(cohort(), context(of=incident_with("facts", started=hidden)))
    assert "12 November" not in notice.plain
    assert "when it began" not in notice.plain


def test_dates_have_a_month_in_words_and_times_a_zone() -> None:
    english = render_notice(cohort(), context())
    chinese = render_notice(cohort(locale="zh-CN"), context())
    assert "20 November 2026, 09:30 (UTC+01:00)" in english.plain
    assert "2026年11月20日 09:30（UTC+01:00）" in chinese.plain
    assert "Date of this notice: 24 November 2026" in english.plain


def test_a_missing_narrative_falls_back_and_says_its_language() -> None:
    notice = render_notice(cohort(locale="zh-Hans"), context())
    assert '<p lang="en">We will write again by 4 December 2026.</p>' in notice.html
    assert "We will write again" in notice.plain


def test_an_incident_that_tells_nothing_is_refused_by_field() -> None:
    empty = incident_with("narratives", what_happened={"en": " \n\x07 "})
    with pytest.raises(InvalidInput) as refused:
        render_notice(cohort(), context(of=empty))
    assert refused.value.field == "narratives.what_happened"


_HOSTILE = "{{ 7 * 7 }}{% raw %}<script>alert(1)</script>\x1b[31m\u202e{reference}{org}&amp;"


def test_hostile_text_comes_out_as_the_characters_that_it_is() -> None:
    changes = {name: {"en": _HOSTILE} for name in ("what_happened", "why", "what_was_done")}
    values = {**ORGANISATION.model_dump(), "brand": _HOSTILE[:60], "names": {}}
    values["postal_address"] = _HOSTILE
    hostile = context(
        of=incident_with("narratives", **changes), organisation=Organisation(**values)
    )
    notice = render_notice(cohort(), hostile)
    page = _Text(notice.html)
    assert not page.tags & {"script", "a", "img"}
    for text in (notice.plain, page.text):
        assert "{{ 7 * 7 }}{% raw %}<script>alert(1)</script>[31m" in text
        assert "49" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert text.count("{reference}") == 1
    assert "\n" not in notice.subject


@given(text=st.text(max_size=80))
@settings(deadline=None, max_examples=60)
def test_any_narrative_leaves_one_slot_and_no_control_character(text: str) -> None:
    story = incident_with("narratives", what_happened={"en": f"x{text}"})
    notice = render_notice(cohort(), context(of=story))
    for form in (notice.plain, notice.html):
        assert form.count("{reference}") == 1
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", form)


def test_no_person_is_named() -> None:
    for recipient in RecipientKind:
        notice = render_notice(cohort(recipient=recipient), context())
        assert "The Officer" not in notice.plain + notice.html


@pytest.mark.parametrize(
    ("regimes", "words", "not_words"),
    [
        (("EU-GDPR",), "of the country where you live", "12377"),
        (("CN-PIPL", "CN-MINORS"), "12377", "where you work"),
        (("CN-PIPL", "EU-GDPR"), "12377", "UnionPay"),
        ((), "of the place where you live", "12377"),
    ],
)
def test_the_right_to_complain_names_the_authority_of_each_regime(
    regimes: tuple[str, ...], words: str, not_words: str
) -> None:
    notice = render_notice(cohort(regimes=regimes, kinds=(*KINDS, DataKind.NATIONAL_ID)), context())
    assert words in notice.plain
    assert not_words not in notice.plain


def test_a_young_person_gets_fewer_steps_and_is_told_to_read_with_an_adult() -> None:
    adult = render_notice(cohort(), context())
    minor = render_notice(cohort(recipient=RecipientKind.MINOR), context())
    assert len(minor.plain) < len(adult.plain)
    assert "This is not your fault." in minor.plain
    assert "another adult you trust" in minor.plain


def test_a_remedy_outside_the_catalogue_is_told_in_its_own_words() -> None:
    own = incident(remedies=[{"id": "BOOK_VOUCHER", "details": {"en": "A free book.\nUntil May."}}])
    notice = render_notice(cohort(), context(of=own))
    assert "- A free book.\n  Until May.\n" in notice.plain


@pytest.mark.parametrize("locale", _LOCALES)
@pytest.mark.parametrize("recipient", RecipientKind)
def test_a_subject_is_short_and_calm(locale: str, recipient: RecipientKind) -> None:
    subject = render_notice(cohort(locale=locale, recipient=recipient), context()).subject
    assert len(subject) <= 60
    assert "!" not in subject
    assert "urgent" not in subject.lower()


_PHISHING_OR_HEDGING = (
    "click", "immediately", "act now", "verify your account", "may have been", "might have",
    "potentially", "no evidence", "abundance of caution", "very seriously", "dear customer",
    "点击链接", "立即验证", "不排除", "疑似", "高度重视", "请您放心",
)  # fmt: skip


@pytest.mark.parametrize("locale", _LOCALES)
@pytest.mark.parametrize("recipient", RecipientKind)
def test_our_own_words_neither_hedge_nor_sound_like_phishing(
    locale: str, recipient: RecipientKind
) -> None:
    for kind in DataKind:
        notice = render_notice(cohort(locale=locale, recipient=recipient, kinds=(kind,)), context())
        found = [word for word in _PHISHING_OR_HEDGING if word in notice.plain.lower()]
        assert not found


def test_the_text_hash_knows_every_byte_and_no_order() -> None:
    one = render_notice(cohort(), context())
    two = render_notice(cohort(number=1, locale="zh-Hans"), context())
    assert text_hash([one, two]) == text_hash([two, one])
    assert len(text_hash([one])) == 64
    for part in ("subject", "plain", "html"):
        changed = dataclasses.replace(one, **{part: getattr(one, part) + " "})
        assert text_hash([changed, two]) != text_hash([one, two])
