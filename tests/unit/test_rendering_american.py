import re
from pathlib import Path

import pytest
from tocsin.rendering.letter import letter_text
from tocsin.rendering.notice import render_notice
from tocsin.rules.page import Page
from tocsin.runtimes.press import NoticePress
from tocsin.schemas.channels import Channel, Disclosure
from tocsin.schemas.finding import FindingSeverity
from tocsin.services.judging import judged_channel, judged_email, judged_round

from fakes.printed_letter import printed
from golden.american import BOTH, CALIFORNIA, american_cohort, american_context, american_incident

_TITLE = "Notice of Data Breach"
_HEADINGS = (
    "What Happened",
    "What Information Was Involved",
    "What We Are Doing",
    "What You Can Do",
    "For More Information",
)


def _in_order(text: str, words: tuple[str, ...]) -> bool:
    places = [text.find(each) for each in words]
    return -1 not in places and places == sorted(places)


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
@pytest.mark.parametrize("regimes", [("US-CA",), BOTH])
def test_the_e_mail_has_the_title_and_the_five_headings_of_the_law_and_no_other(
    locale: str, regimes: tuple[str, ...]
) -> None:
    notice = render_notice(american_cohort(regimes=regimes, locale=locale), american_context())
    assert re.findall(r"<h1>(.*?)</h1>", notice.html)[0].startswith(_TITLE)
    second = [h.split("（")[0] for h in re.findall(r"<h2>(.*?)</h2>", notice.html)]
    assert tuple(second) == _HEADINGS
    in_plain = [h.split("（")[0] for h in re.findall(r"^== (.*) ==$", notice.plain, re.MULTILINE)]
    assert tuple(in_plain) == _HEADINGS


def test_a_reader_of_another_language_gets_the_words_of_the_law_with_theirs_beside_them() -> None:
    notice = render_notice(american_cohort(locale="zh-Hans"), american_context())
    assert "What Happened（发生了什么）" in notice.plain


def test_without_a_form_in_the_law_the_notice_keeps_its_own_frame() -> None:
    notice = render_notice(american_cohort(regimes=("US-HIPAA",)), american_context())
    assert "Notice of a personal data breach" in notice.html
    assert _TITLE not in notice.html
    assert "== What happened ==" in notice.plain


def test_no_type_of_the_e_mail_is_smaller_than_the_law_has_it() -> None:
    html = render_notice(american_cohort(), american_context()).html
    form = CALIFORNIA.format
    assert form is not None
    (body,) = re.findall(r"font: (\d+)px", html)
    least = int(body) * 0.75
    assert least >= form.min_font_pt
    scales = [float(n) for n in re.findall(r"font(?:-size)?: (?:bold )?([\d.]+)em", html)]
    assert all(least * scale >= form.min_font_pt for scale in scales)
    assert re.findall(r"font-size: [\d.]+(?:px|pt|rem|%)", html) == []


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_the_printed_letter_has_title_and_headings_in_order_in_type_of_ten_points(
    locale: str, tmp_path: Path
) -> None:
    each = american_cohort(locale=locale, disclosure=Disclosure.SEALED)
    letter = printed(each, american_context(), tmp_path)
    assert letter.pages == 2
    assert _in_order(letter.text, (_TITLE, *_HEADINGS))
    small = "".join(text for size, text in letter.sizes.items() if size < 10)
    # The sender's line in the window and the code for the machine are no text of the notice.
    assert re.fullmatch(r"(100MainStreet,Sacramento,CA95814|n-7k2qx[a-z0-9-]+)+", small)
    body = max(letter.sizes, key=lambda size: len(letter.sizes[size]))
    assert body == 12


def test_the_agencies_stand_with_toll_free_numbers_and_addresses_where_credit_is_at_risk() -> None:
    seen = Page(render_notice(american_cohort(), american_context()).html).text
    for told in (
        "Equifax: 1-888-298-0045",
        "Experian: 1-888-397-3742",
        "TransUnion: 1-888-909-8872",
        "P.O. Box 105788",
        "Federal Trade Commission: 1-877-438-4338",
    ):
        assert told in seen
    spared = american_cohort(kinds=american_cohort().kinds[:1])
    assert "Equifax" not in render_notice(spared, american_context()).plain


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (True, "This notice was delayed because"),
        (False, "This notice was not delayed"),
        ({"state": "cannot_be_determined"}, "We cannot tell whether"),
        ({"state": "being_determined"}, None),
    ],
)
def test_whether_law_enforcement_held_the_notice_back_is_said_once_it_is_known(
    fact: object, said: str | None
) -> None:
    told = american_incident().model_dump(mode="json")
    told["facts"]["law_enforcement_delay"] = fact
    of = american_incident(facts=told["facts"])
    notice = render_notice(american_cohort(), american_context(of=of))
    assert ("LE_DELAY_STATED" in notice.holds) is (said is not None)
    assert (said or "This notice was") in notice.plain or said is None


def test_how_long_a_remedy_is_offered_is_said() -> None:
    notice = render_notice(american_cohort(), american_context())
    assert "Free credit monitoring, for 12 months" in notice.plain


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
@pytest.mark.parametrize("regimes", [("US-CA",), ("US-HIPAA",), BOTH])
def test_a_complete_american_notice_passes_every_gate(
    locale: str, regimes: tuple[str, ...]
) -> None:
    each, context, press = (
        american_cohort(regimes=regimes, locale=locale),
        american_context(),
        NoticePress(),
    )
    found = (
        *judged_email(press.notice(each, context), context, press),
        *judged_channel(press.text(Channel.LETTER, each, context), context, press).findings,
        *judged_round({each: (Channel.EMAIL, Channel.LETTER)}, context),
    )
    assert [f for f in found if f.severity is not FindingSeverity.NOTE] == []


def test_a_letter_and_an_e_mail_hold_the_same_content() -> None:
    each, context = american_cohort(), american_context()
    assert letter_text(each, context).holds == render_notice(each, context).holds
