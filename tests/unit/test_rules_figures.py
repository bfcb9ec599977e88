"""Live figures: rates over a sliding window, whatever comes twice or late."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tocsin.rules.figures import Figures, Place
from tocsin.schemas.lifecycle import OutcomesRecorded
from tocsin.schemas.outcome import Result

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
WINDOW = timedelta(seconds=60)


def outcomes(lane: str = "other", **counts: int) -> OutcomesRecorded:
    about = {"incident": "INC-1", "round": "INC-1/r1", "lane": lane, "channel": "email"}
    return OutcomesRecorded.model_validate(about | counts)


def second(n: float) -> datetime:
    return NOON + timedelta(seconds=n)


def test_a_rate_is_what_the_window_holds_by_its_length() -> None:
    figures = Figures(WINDOW)
    figures.hear("a", outcomes(accepted=500, deferred=10), at=NOON, now=NOON)
    figures.hear("b", outcomes(accepted=100), at=second(30), now=second(30))
    figures.hear("c", outcomes(lane="qq", accepted=60), at=second(30), now=second(30))
    assert figures.per_second(now=second(59)) == {
        Place("INC-1", "other", Result.ACCEPTED): 10.0,
        Place("INC-1", "other", Result.DEFERRED): 10 / 60,
        Place("INC-1", "qq", Result.ACCEPTED): 1.0,
    }
    assert figures.per_second(now=second(60))[Place("INC-1", "other", Result.ACCEPTED)] == 100 / 60
    assert figures.per_second(now=second(91)) == {}


def test_an_event_that_comes_twice_counts_once() -> None:
    figures = Figures(WINDOW)
    assert figures.hear("a", outcomes(accepted=6), at=NOON, now=NOON)
    assert not figures.hear("a", outcomes(accepted=6), at=NOON, now=second(1))
    assert list(figures.per_second(now=second(1)).values()) == [0.1]


def test_a_backlog_of_yesterday_is_no_live_figure() -> None:
    figures = Figures(WINDOW)
    assert not figures.hear("a", outcomes(accepted=6), at=NOON, now=NOON + timedelta(days=1))
    assert figures.per_second(now=NOON) == {}


HEARD = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40), st.integers(1, 5)), max_size=60)


@given(HEARD)
def test_whatever_was_heard_nothing_stays_and_no_rate_is_negative(heard: list[Any]) -> None:
    figures, now = Figures(WINDOW), NOON
    for n, (after, late, count) in enumerate(heard):
        now = max(now, second(after))
        at = now - timedelta(seconds=late)
        figures.hear(f"e{n}", outcomes(accepted=count), at=at, now=now)
        assert all(rate > 0 for rate in figures.per_second(now=now).values())
    assert figures.per_second(now=now + 3 * WINDOW) == {}
    assert not figures._heard
    assert not figures._ids
