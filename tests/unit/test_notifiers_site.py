"""Announcement files: published whole, and watched by their hashes."""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from tocsin.notifiers.site import Site
from tocsin.schemas.errors import InvalidInput, Unavailable

PAGES = {
    "index.html": b"<h1>Notice</h1>",
    "de/index.html": b"<h1>Hinweis</h1>",
    "feed.atom": b"<f/>",
}


@pytest.fixture(params=["folder", "memory"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    if request.param == "folder":
        return Site(str(tmp_path / "www"))
    return Site(f"memory://{tmp_path.name}")


def _hashes(pages: Mapping[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(content).hexdigest() for path, content in pages.items()}


def test_what_was_published_stands_there_with_the_same_hashes(site: Site) -> None:
    files = asyncio.run(site.publish("inc-1", PAGES))
    assert {file.path: file.sha256 for file in files} == _hashes(PAGES)
    assert asyncio.run(site.published("inc-1")) == _hashes(PAGES)


def test_publishing_again_replaces_and_leaves_the_rest(site: Site) -> None:
    asyncio.run(site.publish("inc-1", PAGES))
    asyncio.run(site.publish("inc-1", {"index.html": b"updated"}))
    assert asyncio.run(site.published("inc-1")) == _hashes(PAGES | {"index.html": b"updated"})


def test_what_is_removed_is_gone_and_the_rest_stays(site: Site) -> None:
    asyncio.run(site.publish("inc-1", PAGES))
    for _ in range(2):  # again does no harm
        asyncio.run(site.remove("inc-1", ["de/index.html", "never.html"]))
    left = {path: content for path, content in PAGES.items() if path != "de/index.html"}
    assert asyncio.run(site.published("inc-1")) == _hashes(left)
    with pytest.raises(InvalidInput):
        asyncio.run(site.remove("inc-1", ["../other/index.html"]))


def test_nothing_stands_where_nothing_was_published(site: Site) -> None:
    assert asyncio.run(site.published("inc-2")) == {}


def test_a_page_that_someone_changed_shows_another_hash(tmp_path: Path) -> None:
    site = Site(str(tmp_path))
    asyncio.run(site.publish("inc-1", PAGES))
    (tmp_path / "inc-1" / "index.html").write_bytes(b"defaced")
    stands = asyncio.run(site.published("inc-1"))
    assert stands["index.html"] != _hashes(PAGES)["index.html"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    site = Site(str(tmp_path))
    asyncio.run(site.publish("inc-1", {"index.html": b"one"}))
    with (tmp_path / "inc-1" / "index.html").open("rb") as reader:
        asyncio.run(site.publish("inc-1", {"index.html": b"two, and longer"}))
        assert reader.read() == b"one"
    assert [p.name for p in (tmp_path / "inc-1").iterdir()] == ["index.html"]


@pytest.mark.parametrize("name", ["../inc-1", "/etc", "a//b", "", ".hidden", "a/../../b"])
def test_no_name_leads_out_of_the_site(site: Site, name: str) -> None:
    with pytest.raises(InvalidInput):
        asyncio.run(site.publish("inc-1", {name: b"x"}))
    with pytest.raises(InvalidInput):
        asyncio.run(site.published(name))


def test_a_place_that_cannot_be_written_says_so_without_its_words(tmp_path: Path) -> None:
    (tmp_path / "www").write_bytes(b"a file where a folder should be")
    with pytest.raises(Unavailable, match=r"site\.url"):
        asyncio.run(Site(str(tmp_path / "www")).publish("inc-1", PAGES))


def test_an_unknown_scheme_is_a_wrong_setting() -> None:
    with pytest.raises(InvalidInput, match=r"site\.url"):
        Site("nosuchscheme://bucket")
