import re
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import pytest
from tocsin.rendering.public_files import render_public_files
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import NoticeContext, OpenText

from golden.sample import KINDS, context, incident_with

_VOID = {"meta", "br"}
NAMES = (
    *("index.html", "announcement.en.html", "announcement.zh-Hans.html"),
    *("genuine.en.html", "genuine.zh-Hans.html"),
)


class _Outline(HTMLParser):
    """The elements of a page, checked to be properly nested."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page.decode())
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _pages(
    of: NoticeContext | None = None,
    *,
    locales: tuple[str, ...] = ("en", "zh-CN"),
    one_by_one: OneByOne = OneByOne.EVERYBODY,
) -> dict[str, bytes]:
    files = _files(of, locales=locales, one_by_one=one_by_one)
    return {name: page for name, page in files.items() if _is_page(name)}


def _files(
    of: NoticeContext | None = None,
    *,
    locales: tuple[str, ...] = ("en", "zh-CN"),
    one_by_one: OneByOne = OneByOne.EVERYBODY,
) -> dict[str, bytes]:
    return render_public_files(
        of or context(),
        kinds=(*KINDS, DataKind.MEDICAL),
        regimes=("EU-GDPR", "CN-PIPL"),
        locales=locales,
        one_by_one=one_by_one,
        channels=(Channel.EMAIL, Channel.SMS),
        open_texts=(OpenText(Channel.SMS, "en", "Example Books: ref {reference}"),),
    )


def _is_page(name: str) -> bool:
    return name.endswith(".html") and not name.startswith(("banner", "ended/"))


def test_there_is_one_page_per_locale_and_an_index_that_leads_to_each() -> None:
    pages = _pages()
    assert set(pages) == set(NAMES)
    links = {a["href"] for a in _Outline(pages["index.html"]).all("a")}
    others = {"press.en.txt", "press.zh-Hans.txt", "feed.atom", "alert.cap.xml"}
    assert links == set(pages) - {"index.html"} | others


def test_an_unknown_locale_is_announced_in_the_default_one() -> None:
    english = {"index.html", "announcement.en.html", "genuine.en.html"}
    assert set(_pages(locales=("de", "en"))) == english
    assert set(_pages(locales=())) == english


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_light_and_stands_alone(name: str) -> None:
    page = _pages()[name]
    outline = _Outline(page)
    assert len(page) < 100_000
    assert len(outline.all("main")) == len(outline.all("h1")) == len(outline.all("title")) == 1
    assert outline.all("html")[0]["lang"] in {"en", "zh-Hans"}
    assert not {tag for tag, _ in outline.elements} & {"script", "img", "link", "iframe", "form"}
    ids = [a["id"] for _, a in outline.elements if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {a["href"] for a in outline.all("a")}
    assert {t for t in targets if t and t.startswith("#")} <= {f"#{i}" for i in ids}
    assert {t for t in targets if t and not t.startswith("#")} <= set(_files())
    labelled = {a["aria-labelledby"] for a in outline.all("section")}
    assert labelled <= set(ids)
    assert b"http" not in page


def test_a_page_has_a_skip_link_landmarks_and_times_for_machines() -> None:
    outline = _Outline(_pages()["announcement.en.html"])
    assert outline.all("a")[0] == {"class": "skip", "href": "#text"}
    assert {tag for tag, _ in outline.elements} >= {"header", "nav", "main", "footer"}
    assert [t["datetime"] for t in outline.all("time")] == [
        "2026-11-24T10:00+00:00",
        "2026-11-12",
        "2026-11-20T09:30+01:00",
    ]


def test_headings_descend_without_a_gap() -> None:
    outline = _Outline(_pages()["announcement.en.html"])
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_page_tells_what_the_notice_tells() -> None:
    page = _pages()["announcement.en.html"].decode()
    for fact in (
        "Criminals copied a back-up",
        "12 November 2026",
        "Health records",
        "Password (weakly protected)",
        "Supplier access closed (done, 20 November 2026)",
        "Call +353 1 555 0100 until 31 March 2027.",
        "TC-4K7QX",
        "privacy@books.example.com",
        "12377",
        "of the country where you live",
    ):
        assert fact in page
    assert "{reference}" not in page
    assert "The Officer" not in page


def test_the_page_says_how_people_learn_whether_they_are_included() -> None:
    pages = {who: _pages(one_by_one=who)["announcement.en.html"].decode() for who in OneByOne}
    assert "a notice of its own to each person" in pages[OneByOne.EVERYBODY]
    assert "act as if" not in pages[OneByOne.EVERYBODY]
    assert "a notice of its own to some of the people" in pages[OneByOne.SOME]
    assert "act as if your data is included, even if no notice comes" in pages[OneByOne.SOME]
    assert "whom we cannot tell one by one" in pages[OneByOne.NOBODY]
    assert "a notice of its own" not in pages[OneByOne.NOBODY]


def test_a_drill_says_so_on_every_page() -> None:
    for name, page in _pages(context(drill=True)).items():
        mark = "【演练】" if "zh" in name else "[EXERCISE]"
        assert page.decode().count(mark) == 2
    assert not any("EXERCISE" in page.decode() for page in _pages().values())


def test_markup_in_an_incident_is_text_on_the_page() -> None:
    story = incident_with("narratives", what_happened={"en": "<img src=x> {{ us }} {reference}"})
    page = _pages(context(of=story))["announcement.en.html"]
    assert b"&lt;img src=x&gt; {{ us }} { reference }" in page
    assert not _Outline(page).all("img")


def test_an_incident_that_tells_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"narratives\.what_happened"):
        _pages(context(of=incident_with("narratives", what_happened={})))


def _luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(c * 2 for c in colour)
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, two: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(two)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sheet", ["parts/page.css", "notice/notice.css"])
def test_every_text_colour_has_a_contrast_of_at_least_4_5(sheet: str) -> None:
    css = files("tocsin.templates").joinpath(*sheet.split("/")).read_text("utf-8")
    texts = set(re.findall(r"[{;] ?color: #([0-9a-f]{3,6})", css))
    grounds = set(re.findall(r"background: #([0-9a-f]{3,6})", css))
    assert texts
    assert grounds
    assert min(_contrast(text, ground) for text in texts for ground in grounds) >= 4.5
