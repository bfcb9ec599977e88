"""What machines read of an announcement: the feed by RFC 4287, the alert by CAP 1.2."""

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tocsin.rendering.announced_files import ALERT, ENDED, FEED
from tocsin.rendering.cap import certainty_of, severity_of, urgency_of
from tocsin.rendering.public_files import render_public_files
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.notice import EarlierRound, NoticeContext, Publication

from golden.sample import KINDS, NOW, context, incident_with

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import feedparser

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ADDRESS = "https://books.example.com/notices/INC-7K2QX/"
ENDED_AT = "2027-02-23T00:00:00-00:00"
FIRST = EarlierRound("INC-7K2QX/r1", "TC-23456", NOW - timedelta(days=3), announced=True)
BESIDE = EarlierRound("INC-7K2QX/r2", "TC-65432", NOW - timedelta(days=2), announced=False)
UPDATE = Publication(address=ADDRESS, follows=(FIRST, BESIDE))
SAID: dict[str, tuple[str, NoticeContext]] = {
    "alert": ("Alert", context(round_id="INC-7K2QX/r1")),
    "exercise": ("Alert", context(round_id="INC-7K2QX/r1", drill=True)),
    "update": ("Update", context(round_id="INC-7K2QX/r3", publication=UPDATE)),
    "retracted": (
        "Cancel",
        context(round_id="INC-7K2QX/r3", publication=replace(UPDATE, retracted=True)),
    ),
}


def files(of: NoticeContext) -> dict[str, bytes]:
    return render_public_files(
        of,
        kinds=KINDS,
        regimes=("EU-GDPR",),
        locales=("en", "zh-CN"),
        one_by_one=OneByOne.EVERYBODY,
    )


def alert(of: NoticeContext, *, ended: bool = False) -> Any:
    content = files(of)[ENDED + ALERT if ended else ALERT]
    return etree.fromstring(content.replace(b"{ended}", ENDED_AT.encode()))


def texts(root: Any, name: str) -> list[str]:
    return [e.text or "" for e in root.iter(CAP + name)]


@pytest.fixture(scope="session")
def valid(shared_data: Path) -> Callable[[Any], bool]:
    schema = etree.XMLSchema(etree.parse(shared_data / "cap" / "cap12.xsd"))

    def check(root: Any) -> bool:
        assert schema.validate(root), schema.error_log
        return True

    return check


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("name", SAID)
def test_every_alert_is_valid_against_the_schema(
    name: str, ended: bool, valid: Callable[[Any], bool]
) -> None:
    assert valid(alert(SAID[name][1], ended=ended))


def test_the_schema_refuses_what_is_no_alert(shared_data: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data / "cap" / "cap12.xsd"))
    broken = files(context())[ALERT].replace(b"Alert<", b"Alarm<")
    assert not schema.validate(etree.fromstring(broken))


@pytest.mark.parametrize("name", SAID)
def test_an_alert_says_what_it_is_and_to_what_it_refers(name: str) -> None:
    kind, of = SAID[name]
    root = alert(of)
    (status,), (said,) = texts(root, "status"), texts(root, "msgType")
    assert (status, said) == ("Exercise" if of.drill else "Actual", kind)
    referred = "books.example.com,books.example.com.INC-7K2QX.r1,2026-11-21T10:00:00-00:00"
    assert texts(root, "references") == ([referred] if kind != "Alert" else [])
    assert texts(root, "language") == ["en", "zh-Hans"]
    assert texts(root, "incidents") == ["INC-7K2QX"]


def test_the_end_of_the_term_cancels_everything_that_was_alerted() -> None:
    root = alert(SAID["update"][1], ended=True)
    assert texts(root, "msgType") == ["Cancel"]
    assert texts(root, "sent") == [ENDED_AT]
    (referred,) = texts(root, "references")
    assert [r.split(",")[1] for r in referred.split()] == [
        "books.example.com.INC-7K2QX.r1",
        "books.example.com.INC-7K2QX.r3",
    ]
    assert "AllClear" not in texts(root, "responseType"), "the danger may last"


def test_an_identifier_of_the_end_is_none_of_a_round() -> None:
    of = SAID["alert"][1]
    assert texts(alert(of), "identifier") != texts(alert(of, ended=True), "identifier")


def facts(**given: Any) -> IncidentFacts:
    return IncidentFacts.model_validate(given)


@pytest.mark.parametrize(
    ("given", "certainty"),
    [
        ({"confidentiality": "unknown_recipients"}, "Observed"),
        ({"confidentiality": {"state": "estimated", "value": "known_recipients"}}, "Likely"),
        ({"confidentiality": "not_lost", "availability": "permanent"}, "Observed"),
        ({}, "Possible"),
        (
            {
                name: {"state": "known", "value": value, "may_publish": False}
                for name, value in {
                    "confidentiality": "unknown_recipients",
                    "integrity": "recoverable",
                    "availability": "temporary",
                }.items()
            },
            "Unknown",
        ),
    ],
)
def test_certainty_is_how_well_it_is_known_that_data_was_touched(
    given: dict[str, Any], certainty: str
) -> None:
    assert certainty_of(facts(**given)) == certainty


def test_urgency_and_severity_follow_what_others_can_do_with_the_data() -> None:
    assert (urgency_of(KINDS), severity_of(KINDS)) == ("Expected", "Moderate")
    harmless = (DataKind.EMAIL_ADDRESS, DataKind.NAME)
    assert (urgency_of(harmless), severity_of(harmless)) == ("Future", "Minor")
    assert (urgency_of((DataKind.MEDICAL,)), severity_of((DataKind.MEDICAL,))) == (
        "Future",
        "Moderate",
    )


def feed(of: NoticeContext, *, ended: bool = False) -> Any:
    content = files(of)[ENDED + FEED if ended else FEED]
    return feedparser.parse(content.replace(b"{ended}", ENDED_AT.encode()))


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("name", SAID)
def test_a_feed_has_what_rfc_4287_demands(name: str, ended: bool) -> None:
    found = feed(SAID[name][1], ended=ended)
    assert not found.bozo
    assert found.version == "atom10"
    assert found.feed.id and found.feed.title and found.feed.updated_parsed
    assert found.feed.author == "Example Books Ltd"
    assert len({entry.id for entry in found.entries}) == len(found.entries) == 2
    for entry in found.entries:
        assert entry.title and entry.summary and entry.updated_parsed and entry.published_parsed
        (link,) = entry.links
        assert (link.rel, link.type) == ("alternate", "text/html")
    rels = [link.rel for link in found.feed.links]
    assert sorted(rels) == ["alternate", "self"]


def test_a_later_round_and_the_end_update_the_same_entries() -> None:
    first, later = feed(SAID["alert"][1]), feed(SAID["update"][1])
    over = feed(SAID["update"][1], ended=True)
    assert first.feed.id == later.feed.id == over.feed.id
    ids = [[entry.id for entry in found.entries] for found in (first, later, over)]
    assert ids[0] == ids[1] == ids[2]
    assert later.entries[0].published == "2026-11-21T10:00:00Z"
    assert later.entries[0].updated == "2026-11-24T10:00:00Z"
    assert over.entries[0].updated == ENDED_AT


def test_links_are_absolute_where_the_address_is_known_and_relative_elsewhere() -> None:
    assert feed(SAID["update"][1]).entries[0].link == f"{ADDRESS}announcement.en.html"
    assert b'href="announcement.en.html"' in files(SAID["alert"][1])[FEED]
    assert texts(alert(SAID["update"][1]), "web")[0] == f"{ADDRESS}announcement.en.html"
    assert texts(alert(SAID["alert"][1]), "web") == []


def test_a_page_says_which_announcement_it_replaces_or_withdraws() -> None:
    page = files(SAID["update"][1])["announcement.en.html"].decode()
    assert "This page replaces the announcement of 21 November 2026." in page
    taken_back = files(SAID["retracted"][1])
    assert "We withdraw the announcement of 21" in taken_back["announcement.en.html"].decode()
    assert "We withdraw the announcement of 21" in taken_back["press.en.txt"].decode()


def test_the_page_about_notices_names_the_codes_of_all_rounds() -> None:
    page = files(SAID["update"][1])["genuine.en.html"].decode()
    for code in ("TC-23456", "TC-65432", "TC-4K7QX"):
        assert code in page


_ANY = st.text(alphabet=st.characters(exclude_categories=()), min_size=1, max_size=60)


@settings(deadline=None, max_examples=60)
@given(story=_ANY)
def test_whatever_a_story_holds_feed_and_alert_are_well_formed(story: str) -> None:
    told = incident_with("narratives", what_happened={"en": f"It began so: {story}"})
    made = files(context(of=told))
    for name in (ALERT, FEED):
        root = etree.fromstring(made[name])
        said = "".join(root.itertext())
        assert "It began so" in said
        assert not re.search("[\x00-\x08\x0e-\x1f]", said)
