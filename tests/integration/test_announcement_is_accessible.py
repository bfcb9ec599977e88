"""Every public page keeps WCAG 2.2 AA in a real browser, on a desktop and on a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tocsin.rendering.genuine import render_genuine_alone
from tocsin.rendering.public_files import render_public_files
from tocsin.schemas.channels import Channel
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.notice import EarlierRound, Publication

from fakes.axe import violations
from golden.sample import KINDS, NOW, OPEN, context, open_texts

Need = Callable[[object, str], None]
CHANNELS = (Channel.EMAIL, *OPEN, Channel.LETTER, Channel.IN_APP, Channel.CALL_LIST)
LATER = Publication(
    address="https://books.example.com/notices/INC-7K2QX/",
    senders={Channel.SMS: "ExampleBook", Channel.CALL: "+353 1 555 0100"},
    follows=(EarlierRound("INC-7K2QX/r1", "TC-23456", NOW, announced=True),),
)


def _files(publication: Publication, *, drill: bool) -> dict[str, bytes]:
    return render_public_files(
        context(round_id="INC-7K2QX/r2", publication=publication, drill=drill),
        kinds=KINDS,
        regimes=("EU-GDPR", "CN-PIPL"),
        locales=("en", "zh-CN"),
        one_by_one=OneByOne.EVERYBODY,
        channels=CHANNELS,
        open_texts=open_texts(drill=drill),
    )


FIRST, SECOND = _files(Publication(), drill=False), _files(LATER, drill=True)
ALONE = render_genuine_alone(
    context(round_id="INC-7K2QX/r1"),
    channels=CHANNELS,
    open_texts=open_texts(),
    locales=("en", "zh-Hans"),
)
PAGES = {
    f"{of} {name}": content.decode()
    for of, files in {"first": FIRST, "update": SECOND, "alone": ALONE}.items()
    for name, content in files.items()
    if name.endswith(".html")
    and (of == "first" or not name.startswith("ended/"))
    and (of != "alone" or name == "index.html")
}
_HOME = (
    '<!DOCTYPE html><html lang="en"><head><title>Example Books</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
    "<body><main><h1>Books</h1>{}</main></body></html>"
)


@pytest.mark.parametrize("name", PAGES)
def test_a_public_page_keeps_wcag_22_aa(name: str, tmp_path: Path, need: Need) -> None:
    page = PAGES[name]
    if " banner." in name:
        page = _HOME.format(page)
    widths = (1280, 500) if name.startswith("first") and ".en." in name else (500,)
    assert violations(page, tmp_path, need, widths=widths) == []


def test_the_checker_finds_what_is_wrong(tmp_path: Path, need: Need) -> None:
    pale = _HOME.format('<p style="color:#bbb">pale</p><img src="data:,">')
    found = " ".join(violations(pale, tmp_path, need, widths=(500,)))
    assert "color-contrast" in found and "image-alt" in found


@pytest.mark.parametrize("name", [*FIRST, *SECOND])
def test_a_public_file_weighs_less_than_100_kb(name: str) -> None:
    assert len(FIRST[name]) < 100_000
    assert len(SECOND[name]) < 100_000
