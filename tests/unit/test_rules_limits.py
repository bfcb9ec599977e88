"""Limits as steps in time: what they let through, and how long that takes."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.limits import (
    DAY_S,
    Limit,
    Limits,
    Step,
    after,
    capacity,
    seconds_for,
    slowest,
    steady,
    together,
    warm_up,
)
from tocsin.rules.pacing import Share, batch_size, cut_to
from tocsin.schemas.channels import Channel

START = datetime(2026, 11, 26, tzinfo=UTC)
DAY = timedelta(days=1)
PLAN = warm_up(date(2026, 11, 26), [500, 1_000, 5_000], max_per_s=2)

rates = st.floats(0.01, 10_000)
moments = st.integers(-10 * DAY_S, 10 * DAY_S).map(lambda s: START + timedelta(seconds=s))


@st.composite
def limits(draw: st.DrawFn, *, endless: bool = False) -> Limit:
    """Draw a limit of one to five steps; with `endless`, some let everybody through."""
    times = sorted(draw(st.sets(moments, min_size=1, max_size=5)))
    per_s = rates | st.just(math.inf) if endless else rates
    return Limit(tuple(Step(since, draw(per_s)) for since in times))


@settings(deadline=None)
@given(limit=limits(), people=st.integers(0, 10_000_000), start=moments)
def test_how_long_and_how_many_are_each_others_inverse(
    limit: Limit, people: int, start: datetime
) -> None:
    until = after(start, seconds_for(people, limit, start))

    # a microsecond is the shortest time there is
    assert capacity(limit, start, until) == pytest.approx(people, rel=1e-9, abs=0.02)


@settings(deadline=None)
@given(
    limit=limits(endless=True),
    few=st.integers(0, 1_000_000),
    more=st.integers(0, 1_000_000),
    start=moments,
    seconds=st.integers(0, 1_000_000),
)
def test_more_people_never_take_less_time_and_more_time_never_tells_fewer(
    limit: Limit, few: int, more: int, start: datetime, seconds: int
) -> None:
    assert seconds_for(few, limit, start) <= seconds_for(few + more, limit, start)
    until = start + timedelta(seconds=seconds)
    assert 0 <= capacity(limit, start, until) <= capacity(limit, start, until + DAY)


@settings(deadline=None)
@given(one=limits(endless=True), other=limits(endless=True), start=moments, seconds=st.integers(1))
def test_whoever_keeps_to_two_limits_is_above_neither_and_two_side_by_side_are_their_sum(
    one: Limit, other: Limit, start: datetime, seconds: int
) -> None:
    until = start + timedelta(seconds=min(seconds, 10**7))
    both, each = slowest([one, other]), (capacity(one, start, until), capacity(other, start, until))

    assert capacity(both, start, until) <= min(each) * (1 + 1e-9)
    assert capacity(together([one, other]), start, until) == pytest.approx(sum(each))
    assert both.rate_at(start) == min(one.rate_at(start), other.rate_at(start))


@settings(deadline=None, max_examples=50)
@given(
    limit=limits(endless=True),
    people=st.integers(0, 3_000),
    per_s=st.integers(1, 2_000),
    most=st.integers(1, 900),
)
def test_batches_of_a_limited_lane_cover_it_once_and_each_is_five_seconds_of_its_turn(
    limit: Limit, people: int, per_s: int, most: int
) -> None:
    batches = tuple(cut_to(people, limit, START, rate_per_s=per_s, max_people=most))

    assert [seq for first, n in batches for seq in range(first, first + n)] == list(range(people))
    at = START
    for _, count in batches:
        assert 1 <= count <= batch_size(min(per_s, limit.rate_at(at)), max_people=most)
        at = after(at, seconds_for(count, limit, at))


@settings(deadline=None)
@given(
    of_lane=limits(), of_all=limits(), people=st.integers(1, 10_000), others=st.integers(0, 10_000)
)
def test_the_turns_of_a_lane_are_above_neither_its_own_limit_nor_its_share_of_the_channels(
    of_lane: Limit, of_all: Limit, people: int, others: int
) -> None:
    share = Share(people, people + others, slowest([of_lane, of_all]), of_all)
    for first in range(0, people, max(1, people // 7)):
        turn = share.turn_of(first, START) or START
        assert first <= capacity(of_lane, START, turn) * (1 + 1e-6) + 0.02
        in_all = first * (people + others) / people
        assert in_all <= capacity(of_all, START, turn) * (1 + 1e-6) + 0.02 * (people + others)


def test_a_day_of_a_warm_up_is_spread_over_that_day() -> None:
    assert PLAN.rate_at(START) == 500 / DAY_S
    assert PLAN.rate_at(START + DAY - timedelta(microseconds=1)) == 500 / DAY_S
    assert PLAN.rate_at(START + DAY) == 1_000 / DAY_S
    assert PLAN.rate_at(START + 3 * DAY) == 2
    assert capacity(PLAN, START, START + DAY / 2) == pytest.approx(250)
    assert capacity(PLAN, START, START + 3 * DAY) == pytest.approx(6_500)
    assert seconds_for(6_500 + 7_200, PLAN, START) == pytest.approx(3 * DAY_S + 3_600)


def test_before_its_first_day_a_warm_up_is_as_careful_as_on_it() -> None:
    assert PLAN.rate_at(START - 30 * DAY) == 500 / DAY_S


def test_after_its_last_day_a_warm_up_without_a_rate_holds_nobody_back() -> None:
    plan = warm_up(date(2026, 11, 26), [500])
    assert plan.rate_at(START + DAY) == math.inf
    assert seconds_for(1_000_000, plan, START) == DAY_S
    assert capacity(plan, START, START + DAY + DAY) == math.inf


def test_a_warm_up_is_never_above_the_relays_own_rate() -> None:
    plan = warm_up(date(2026, 11, 26), [DAY_S, 10 * DAY_S], max_per_s=2)
    assert [plan.rate_at(START + n * DAY) for n in range(3)] == [1, 2, 2]


def test_a_lane_keeps_to_its_own_limit_and_to_its_channels_wherever_its_people_wait() -> None:
    held = Limits({Channel.EMAIL: steady(100)}, {"gmail": steady(50), "sms-49": steady(3)})

    def rate(lane: str, channel: Channel) -> float | None:
        limit = held.of(lane, channel)
        return None if limit is None else limit.rate_at(START)

    assert rate("gmail", Channel.EMAIL) == rate("gmail~us-ca_us-md", Channel.EMAIL) == 50
    assert rate("other", Channel.EMAIL) == 100
    assert rate("sms-49", Channel.SMS) == 3
    assert rate("sms-33", Channel.SMS) is None
    assert rate("gmail", Channel.SMS) is None, "they are told elsewhere than where the lane leads"
    assert held.names == {
        "email": Channel.EMAIL,
        "gmail": Channel.EMAIL,
        "sms-49": Channel.SMS,
    }
