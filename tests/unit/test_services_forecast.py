"""The forecast: how long telling takes under limits, and whom it reaches too late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tocsin.rules.limits import Limits, steady, together, warm_up
from tocsin.schemas.channels import Channel
from tocsin.schemas.policy import Policy
from tocsin.services.forecast import Forecast, forecast

NOW = datetime(2026, 11, 26, tzinfo=UTC)
POLICY = Policy(rate_per_s=100)


def told(counts: dict[str, int], limits: Limits | None = None, **given: Any) -> Forecast:
    measured: dict[str, float] = given.pop("measured", {})
    hours = given.pop("hours", None)
    until = None if hours is None else NOW + timedelta(hours=hours)
    return forecast(counts, POLICY, measured, limits or Limits(), now=NOW, until=until)


def test_the_fullest_lane_decides_how_long_sending_takes() -> None:
    counts = {"gmail": 1_001, "qq": 400, "unaddressable": 9_999, "shared": 9_999}

    assert told(counts).seconds == 11
    assert told({}).seconds == 0


def test_a_slow_lane_decides_how_long_sending_takes_however_few_are_in_it() -> None:
    limits = Limits({}, {"post-de": steady(0.5)})

    assert told({"gmail": 1_000, "post-de": 7}, limits).seconds == 14


def test_a_lane_is_as_fast_as_it_is_held_to_and_as_it_was_measured() -> None:
    limits = Limits({}, {"gmail": steady(50)})

    assert told({"gmail": 1_000}, measured={"gmail": 20.0}).seconds == 50
    assert told({"gmail": 1_000}, limits, measured={"gmail": 200.0}).seconds == 20
    assert told({"gmail": 1_000}, limits, measured={"gmail": 20.0}).seconds == 50
    assert told({"gmail": 600, "gmail~us-ca": 400}, limits).seconds == 20


def test_the_lanes_of_a_channel_share_what_it_lets_through() -> None:
    limits = Limits({Channel.EMAIL: steady(50)}, {})

    assert told({"gmail": 1_000, "qq": 1_000, "sms-49": 100}, limits).seconds == 40


@pytest.mark.parametrize(("hours", "short"), [(None, 0), (2, 0), (1, 180_000), (0, 0), (-1, 0)])
def test_who_cannot_be_told_by_the_deadline_is_counted_by_channel(
    hours: int | None, short: int
) -> None:
    limits = Limits({Channel.EMAIL: steady(50)}, {})
    found = told({"gmail": 260_000, "qq": 100_000, "sms-49": 100}, limits, hours=hours)

    assert found.short == ({Channel.EMAIL: short} if short else {})


def test_a_lane_that_is_too_slow_is_short_although_its_channel_is_not() -> None:
    limits = Limits({Channel.EMAIL: steady(1_000)}, {"gmail": steady(1)})
    found = told({"gmail": 10_000, "qq": 100_000}, limits, hours=1)

    assert found.short == {Channel.EMAIL: 6_400}


def test_a_warm_up_of_five_days_leaves_most_of_a_million_short_of_three_days() -> None:
    plan = warm_up(date(2026, 11, 26), [500, 1_000, 5_000, 50_000, 250_000], max_per_s=20)
    limits = Limits({Channel.EMAIL: together([plan])}, {})
    found = told({"gmail": 600_000, "other": 400_000}, limits, hours=72)

    assert found.short == {Channel.EMAIL: 1_000_000 - 6_500}
    # 306,500 in five days, and the others at 20 a second
    assert found.seconds == 5 * 86_400 + (1_000_000 - 306_500) // 20


def test_a_relay_that_is_known_makes_up_for_one_that_is_not() -> None:
    plan = warm_up(date(2026, 11, 26), [500, 1_000, 5_000, 50_000, 250_000])
    limits = Limits({Channel.EMAIL: together([plan, steady(3)])}, {})
    found = told({"other": 1_000_000}, limits, hours=72)

    assert found.short == {Channel.EMAIL: 1_000_000 - 6_500 - 3 * 72 * 3_600}
