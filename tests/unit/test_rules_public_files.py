"""Terms in calendar days, and what should stand by the record of what was published."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.rules.public_files import (
    Term,
    deviations,
    end_of_term,
    fold,
    term_of,
    to_publish,
)
from tocsin.schemas.canonical import instant
from tocsin.schemas.public_view import ADDED, MISSING, Deviation, PublicView, Source

from fakes.regimes import FOUR

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Shanghai", "Africa/Cairo", "Asia/Beirut", "UTC")
AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


@given(
    published=st.integers(0, 4 * 365 * 24 * 60).map(lambda n: AT + timedelta(minutes=n)),
    days=st.integers(1, 400),
    zone=st.sampled_from(ZONES),
)
def test_a_term_is_whole_calendar_days_by_the_organisations_clock(
    published: datetime, days: int, zone: str
) -> None:
    local = ZoneInfo(zone)
    end = end_of_term(published, days, zone)
    first = published.astimezone(local).date()
    before = (end - timedelta(microseconds=1)).astimezone(UTC).astimezone(local).date()
    whole = {first + timedelta(days=n) for n in range(1, days + 1)}
    assert max(whole) == before or end.astimezone(local).time() != time.min
    assert end.astimezone(local).date() == first + timedelta(days=days + 1)
    assert end - published >= timedelta(days=days) - timedelta(hours=1), "an hour of summer time"


def test_the_longest_term_holds_be_it_the_laws_or_the_policys() -> None:
    regime = FOUR["CN-PIPL"]

    def asking(days: int | None) -> Any:
        public = regime.public.model_copy(update={"term_days": days})
        return regime.model_copy(update={"public": public, "id": f"R{days}"})

    regimes = [asking(None), asking(30), asking(120)]
    assert term_of(regimes, 90) == Term(120, "R120")
    assert term_of(regimes, 180) == Term(180, "policy")
    assert term_of([], 90) == Term(90, "policy")


def published(artefact: str, at: datetime, days: int, **files: str) -> tuple[str, Any]:
    body = {
        "artefact": artefact,
        "publication": f"event of {artefact}",
        "at": instant(at),
        "ends_at": instant(at + timedelta(days=days)),
        "term_days": days,
        "published": [{"path": f"INC-1/{path}", "sha256": sha} for path, sha in files.items()],
    }
    return f"published:{artefact}", body


def watched(day: date, look: int, **body: Any) -> tuple[str, Any]:
    given: dict[str, Any] = {"found": [], "restored": [], "left": []}
    return "watched", given | body | {"day": day.isoformat(), "look": look}


def test_a_later_round_takes_over_file_by_file_and_the_longer_term_holds() -> None:
    view = fold(
        [
            published("announcement-r1", AT, 90, index="a", page="b", old="c"),
            published("announcement-r2", AT + timedelta(days=5), 30, index="d", page="e"),
        ]
    )
    assert view.files == {"index": "d", "page": "e", "old": "c"}
    assert view.sources["old"] == Source("announcement-r1", "old")
    assert view.sources["page"] == Source("announcement-r2", "page")
    assert (view.begun, view.ends_at) == (AT, AT + timedelta(days=90))
    assert view.publication == "event of announcement-r2"


def test_after_the_end_only_what_took_the_files_place_should_stand() -> None:
    over = AT + timedelta(days=91)
    ended = {
        "at": instant(over),
        "stamp": "s",
        "published": [{"path": "INC-1/index", "sha256": "z"}],
    }
    history = [published("announcement-r1", AT, 90, index="a", page="b"), ("ended", ended)]
    view = fold(history)
    assert view.files == {"index": "z"}
    assert view.sources == {"index": Source("announcement-r1", "ended/index")}
    assert view.ended == over
    again = fold([*history, published("announcement-r2", over + timedelta(days=1), 30, page="n")])
    assert (again.ended, again.begun) == (None, over + timedelta(days=1))
    assert again.files == {"index": "z", "page": "n"}
    assert again.ends_at == over + timedelta(days=31)


def test_days_on_which_it_was_watched_are_counted_once_each() -> None:
    day = date(2026, 11, 24)
    bad = Deviation("place", "index", MISSING)
    view = fold(
        [
            published("announcement-r1", AT, 90, index="a"),
            watched(day, 1),
            watched(day, 2, found=[list(bad)], left=[list(bad)]),
            watched(day, 3, restored=["index"]),
            watched(day + timedelta(days=1), 4),
        ]
    )
    assert (view.days_watched, view.looks, view.deviations) == (2, 4, ())
    assert len(view.troubles) == 2


def test_before_anything_was_published_nothing_should_stand() -> None:
    assert fold([("announcement-r1", {"draft": {}})]) == PublicView()


files = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["1", "2", "3"]))


@given(meant=files, found=files)
def test_every_difference_is_one_deviation_and_nothing_else_is(
    meant: dict[str, str], found: dict[str, str]
) -> None:
    listed = deviations(meant, found, where="place", coming={})
    assert {one.path for one in listed} == {
        path for path in meant | found if meant.get(path) != found.get(path)
    }
    for one in listed:
        expected = found.get(one.path, MISSING) if one.path in meant else ADDED
        assert one.found == expected


def test_what_is_approved_and_about_to_be_published_is_no_deviation() -> None:
    coming = {"page": frozenset({"new"}), "more": frozenset({"new"})}
    found = {"page": "new", "more": "new"}
    assert deviations({"page": "old"}, found, where="place", coming=coming) == ()
    (one,) = deviations({"page": "old"}, {"page": "forged"}, where="place", coming=coming)
    assert one.found == "forged"


@pytest.mark.parametrize("path", [".htaccess", ".well-known/security.txt", "a/.hidden"])
def test_files_of_the_web_server_are_none_of_ours(path: str) -> None:
    assert deviations({}, {path: "1"}, where="place", coming={}) == ()


def test_what_ends_an_announcement_is_not_published_with_it() -> None:
    assert to_publish({"index.html": "a", "ended/index.html": "b"}) == {"index.html": "a"}
