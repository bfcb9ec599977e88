"""What a letter looks like, measured on its picture: points that are not white, in millimetres."""

import json
from functools import cache

import pytest
from tocsin.notifiers.letter_address import MOST_LINES
from tocsin.notifiers.letter_mark import mark
from tocsin.notifiers.letter_typesetter import _compiler, check
from tocsin.rendering.letter import render_letter
from tocsin.rendering.locales import locales
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import DataKind

from fakes.letters import letter
from fakes.pictures import Picture, picture
from golden.sample import cohort, context

_PPI = 40.0
_LINES = {
    "de": ("Erika Mustermann", "Heidestraße 17", "51147 Köln"),
    "zh": ("100022", "北京市朝阳区建国路88号", "3号楼1201室", "王小明"),
    "full": tuple("WWWWWWWWWWWWWWWWWWW" for _ in range(MOST_LINES)),
    "none": (" ",),
}
_COUNTRY = {"zh": "CN"}


@cache
def _pages(
    address: str, *, marks: bool = True, named: bool = True, tight: bool = False
) -> tuple[Picture, ...]:
    text = json.loads(letter(0, locale="zh-Hans" if address == "zh" else "en").content)
    text["tight"] = tight
    text["return_line"] = text["return_line"] if named else " "
    one = {
        "text": 0,
        "lines": _LINES[address],
        "country": _COUNTRY.get(address, "DE"),
        "reference": text["reference"],
        "code": text["code"],
        "mark": mark(text["code"]),
    }
    job = {"title": "Letter", "marks": marks, "texts": [text], "letters": [one]}
    drawn = _compiler("letter.typ").compile(
        format="png", ppi=_PPI, sys_inputs={"job": json.dumps(job)}
    )
    assert isinstance(drawn, list)
    return tuple(picture(page, _PPI) for page in drawn)


@pytest.mark.parametrize("address", ["de", "zh"])
def test_a_letter_has_two_pages(address: str) -> None:
    assert len(_pages(address)) == 2


def test_the_window_shows_the_address_and_the_return_line_and_nothing_else() -> None:
    assert _pages("none", named=False)[0].ink(20, 45, 110, 90) == 0
    assert _pages("none")[0].ink(20, 45, 110, 62) > 0
    assert _pages("none")[0].ink(20, 62, 110, 90) == 0
    assert _pages("de", named=False)[0].ink(25, 62, 110, 90) > 100


@pytest.mark.parametrize("address", ["de", "zh", "full"])
def test_around_the_window_nothing_is_printed(address: str) -> None:
    page = _pages(address)[0]
    assert page.ink(10, 40, 115, 45) == 0
    assert page.ink(10, 90, 115, 95) == 0
    assert page.ink(10, 40, 24, 95) == 0
    assert page.ink(106, 40, 120, 95) == 0


def test_the_longest_address_stays_in_the_window() -> None:
    bare = _pages("none")[0]
    full = _pages("full")[0]
    inside = full.ink(20, 45, 110, 90) - bare.ink(20, 45, 110, 90)
    everywhere = full.ink(0, 0, 210, 297) - bare.ink(0, 0, 210, 297)
    assert inside == everywhere > 0


def test_fold_and_hole_marks_are_a_setting() -> None:
    for top in (105, 148.5, 210):
        assert _pages("de")[0].ink(4, top - 1, 10, top + 1) > 0
        assert _pages("de", marks=False)[0].ink(4, top - 1, 10, top + 1) == 0
        assert _pages("de")[1].ink(4, top - 1, 10, top + 1) == 0


def test_the_return_code_stands_on_the_first_page_alone_for_a_machine() -> None:
    first, second = _pages("de")
    assert first.ink(177, 16, 190, 29) > 100
    assert first.ink(173, 12, 176, 33) == first.ink(191, 12, 194, 33) == 0
    assert second.ink(191, 12, 194, 33) == 0
    assert mark("n-a") == mark("N-A") != mark("n-b")


def test_only_what_does_not_fit_or_has_no_glyph_is_unfit() -> None:
    addresses = [
        {"lines": _LINES["de"], "country": "DE"},
        {"lines": ("A", "W" * 40, "51147 Köln"), "country": "DE"},
        {"lines": _LINES["full"], "country": "DE"},
        {"lines": ("\U000120d4", "B", "51147 Köln"), "country": "DE"},
        {"lines": ("Ελένη", "Օհան", "Київ", "דוד", "محمد", "สมชาย", "김"), "country": "KR"},
        {"lines": ("髙橋", "辻", "東京都"), "country": "JP"},
    ]
    assert check(addresses, [], 2) == {"unfit": [1, 3], "layouts": []}


def test_a_text_a_little_too_long_is_set_tight_and_no_smaller() -> None:
    text = json.loads(letter(0).content)

    def with_lines(more: int) -> dict[str, object]:
        added = [{"paragraph": "One line more.", "lang": ""}] * more
        return {**text, "blocks": [*text["blocks"], *added]}

    layouts = check([], [with_lines(more) for more in (0, 11, 60)], 2)["layouts"]
    assert layouts == [(2, False), (2, True), (3, True)]


def test_a_tight_letter_keeps_its_foot_and_its_window() -> None:
    loose, tight = _pages("de")[0], _pages("de", tight=True)[0]
    assert loose.ink(20, 285, 100, 295) == tight.ink(20, 285, 100, 295) > 0
    assert tight.ink(20, 45, 110, 90) == loose.ink(20, 45, 110, 90)


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("recipient", RecipientKind)
def test_a_letter_of_many_kinds_takes_two_pages(locale: str, recipient: RecipientKind) -> None:
    kinds = tuple(DataKind)[:12]
    regimes = ("EU-GDPR", "CN-PIPL")
    many = cohort(
        locale=locale,
        regimes=regimes,
        recipient=recipient,
        kinds=kinds,
        disclosure=Disclosure.SEALED,
    )
    text = json.loads(render_letter(many, context()), strict=False)
    ((pages, _),) = check([], [text], 2)["layouts"]
    assert pages == 2
