"""No telephone rings at night where somebody may live, unless the law leaves no other time."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.lanes import lane_on
from tocsin.rules.quiet_hours import LOUD, QuietHours, not_before
from tocsin.rules.territories import TERRITORIES, ZONES
from tocsin.rules.zones import zones_of
from tocsin.schemas.channels import Channel

NIGHT = QuietHours(time(21), time(8))
BERLIN = ("Europe/Berlin",)


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def start(
    now: datetime,
    *zones: str,
    channel: Channel = Channel.SMS,
    quiet: QuietHours = NIGHT,
    due_at: datetime | None = None,
) -> datetime:
    return not_before(
        now, channel, zones or BERLIN, quiet=quiet, due_at=due_at, reserve=timedelta(hours=2)
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24T20:59", "2026-11-24T20:59"),
        ("2026-11-24T21:00", "2026-11-25T08:00"),
        ("2026-11-24T23:30", "2026-11-25T08:00"),
        ("2026-11-25T07:59", "2026-11-25T08:00"),
        ("2026-11-25T08:00", "2026-11-25T08:00"),
        ("2026-03-28T22:00", "2026-03-29T08:00"),
        ("2026-10-24T22:00", "2026-10-25T08:00"),
    ],
)
def test_who_would_be_woken_is_told_when_the_night_ends_also_when_the_clocks_change(
    now: str, expected: str
) -> None:
    assert start(at(now)) == at(expected)


@pytest.mark.parametrize("channel", [c for c in Channel if c not in LOUD])
def test_what_wakes_nobody_leaves_at_any_hour(channel: Channel) -> None:
    midnight = at("2026-11-24T00:00")
    assert start(midnight, channel=channel) == midnight


def test_a_country_of_many_zones_is_told_when_it_is_day_in_all_of_them() -> None:
    early = at("2026-07-01T09:00", "America/New_York")
    found = start(early, *ZONES["US"])
    assert found == at("2026-07-01T08:00", "Pacific/Honolulu")
    assert found == at("2026-07-01T14:00", "America/New_York")


def test_where_it_is_always_night_somewhere_the_fewest_are_woken() -> None:
    far_apart = ("Etc/GMT+6", "Etc/GMT-5", "Etc/GMT-6")
    long_night = QuietHours(time(18), time(9))
    found = start(at("2026-11-24T15:30", "UTC"), *far_apart, quiet=long_night)
    assert [long_night.hold_at(found, zone) for zone in far_apart] == [True, False, False]


@pytest.mark.parametrize(
    ("due_at", "waits"),
    [
        (None, True),
        ("2026-11-25T10:00", True),
        ("2026-11-25T09:59", False),
        ("2026-11-24T12:00", False),
    ],
)
def test_the_night_yields_to_the_law(due_at: str | None, waits: bool) -> None:
    now = at("2026-11-24T22:00")
    found = start(now, due_at=None if due_at is None else at(due_at))
    assert found == (at("2026-11-25T08:00") if waits else now)


def test_the_same_hour_twice_means_no_quiet_hours() -> None:
    midnight = at("2026-11-24T00:00")
    assert start(midnight, quiet=QuietHours(time(8), time(8))) == midnight


def test_quiet_hours_may_lie_within_a_day() -> None:
    siesta = QuietHours(time(13), time(15))
    assert start(at("2026-11-24T14:00"), quiet=siesta) == at("2026-11-24T15:00")
    assert start(at("2026-11-24T22:00"), quiet=siesta) == at("2026-11-24T22:00")


instants = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001  # made aware by the strategy
    datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@settings(deadline=None, max_examples=150)
@given(instants, st.sampled_from(sorted(TERRITORIES)), st.none() | st.integers(0, 72))
def test_at_every_instant_everybody_behind_a_calling_code_is_told_by_day_or_by_law(
    now: datetime, code: str, hours_left: int | None
) -> None:
    zones = zones_of(f"sms-{code}", "", home="Europe/Berlin")
    due_at = None if hours_left is None else now + timedelta(hours=hours_left)
    found = start(now, *zones, due_at=due_at)
    by_day = not any(NIGHT.hold_at(found, zone) for zone in zones)
    assert now <= found <= now + timedelta(days=2)
    assert by_day or (found == now and due_at is not None)
    if found > now and due_at is not None:
        assert found <= due_at - timedelta(hours=2)
    assert start(found, *zones, due_at=due_at) == found, "whoever waited does not wait again"


def test_every_calling_code_leads_to_the_clocks_of_its_territories() -> None:
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        named = [r for r in regions if r in ZONES and r not in {"GU", "AS", "MP"}]
        if named:
            assert set(named) == set(TERRITORIES[str(code)])
        assert str(code) in TERRITORIES or regions == ("001",), f"+{code} is not in the table"
    assert all(ZONES[place] for found in TERRITORIES.values() for place in found)
    assert {ZoneInfo(zone).key for zones in ZONES.values() for zone in zones}


@pytest.mark.parametrize(
    ("lane", "residence", "zones"),
    [
        ("sms-49", "CN", ("Europe/Zurich",)),
        ("call-86", "", ("Asia/Shanghai", "Asia/Urumqi")),
        ("gmail", "CN", ("Asia/Shanghai", "Asia/Urumqi")),
        ("gmail", "US-CA", ZONES["US"]),
        ("web-push", "", ("Asia/Tokyo",)),
        ("sms-999", "", ("Asia/Tokyo",)),
        ("sms-999", "DE", ("Europe/Zurich",)),
    ],
)
def test_the_number_says_where_somebody_is_or_else_the_residence_or_else_home(
    lane: str, residence: str, zones: tuple[str, ...]
) -> None:
    assert zones_of(lane, residence, home="Asia/Tokyo") == zones


def test_the_lane_of_a_number_is_one_that_the_table_knows() -> None:
    for number in ("+4915112345678", "+8613912345678", "+12025550123", "+35312345678"):
        code = lane_on(Channel.SMS, number).removeprefix("sms-")
        assert TERRITORIES[code]


def test_zones_that_a_territory_lists_differ_in_what_they_show() -> None:
    months = [datetime(2026, month, 1, 12, tzinfo=UTC) for month in range(1, 13)]
    for place, zones in ZONES.items():
        shown = {tuple(m.astimezone(ZoneInfo(z)).utcoffset() for m in months) for z in zones}
        assert len(shown) == len(zones), place
