from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.clocks import due_at, earliest
from tocsin.schemas.fact import Instant, Precision
from tocsin.schemas.regime import Deadline, Unit

BERLIN = ZoneInfo("Europe/Berlin")


def hours(value: int) -> Deadline:
    return Deadline(value=value, unit=Unit.HOURS, wording="in time")


def days(value: int) -> Deadline:
    return Deadline(value=value, unit=Unit.CALENDAR_DAYS, wording="in time")


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        # 29 March 2026: 02:00 becomes 03:00; 25 October 2026: 03:00 becomes 02:00.
        (datetime(2026, 3, 28, 12, tzinfo=BERLIN), datetime(2026, 3, 31, 13, tzinfo=BERLIN)),
        (datetime(2026, 10, 24, 12, tzinfo=BERLIN), datetime(2026, 10, 27, 11, tzinfo=BERLIN)),
        (datetime(2026, 11, 20, 12, tzinfo=BERLIN), datetime(2026, 11, 23, 12, tzinfo=BERLIN)),
    ],
)
def test_72_hours_are_clock_hours_also_when_the_clocks_change(
    start: datetime, ends: datetime
) -> None:
    assert due_at(start, hours(72)) == ends.astimezone(UTC)


def test_an_hour_that_comes_twice_is_not_counted_twice() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    second = first.replace(fold=1)

    assert due_at(second, hours(1)) - due_at(first, hours(1)) == timedelta(hours=1)


def test_calendar_days_end_at_the_same_time_of_day() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=BERLIN)

    assert due_at(start, days(3)) == datetime(2026, 3, 31, 12, tzinfo=BERLIN)
    assert due_at(start, days(3)) == due_at(start, hours(71))


def test_weekends_give_no_relief() -> None:
    friday = datetime(2026, 11, 20, 17, tzinfo=UTC)

    assert due_at(friday, hours(72)).weekday() == 0


@settings(deadline=None, max_examples=200)
@given(
    start=st.datetimes(
        datetime(2020, 1, 1),  # noqa: DTZ001
        datetime(2035, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from(
            [BERLIN, UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Tehran")]
        ),
    ),
    value=st.integers(1, 1000),
)
def test_a_deadline_of_hours_is_exactly_that_long(start: datetime, value: int) -> None:
    ends = due_at(start, hours(value))

    assert ends - start.astimezone(UTC) == timedelta(hours=value)
    assert ends.tzinfo is UTC


def test_a_naive_start_and_a_deadline_without_a_number_are_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        due_at(datetime(2026, 11, 20), hours(1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="no number"):
        due_at(datetime(2026, 11, 20, tzinfo=UTC), Deadline(wording="promptly"))


@pytest.mark.parametrize(
    ("precision", "starts"),
    [
        (Precision.MINUTE, datetime(2026, 11, 20, 9, 30, tzinfo=BERLIN)),
        (Precision.HOUR, datetime(2026, 11, 20, 9, tzinfo=BERLIN)),
        (Precision.DAY, datetime(2026, 11, 20, tzinfo=BERLIN)),
        (Precision.MONTH, datetime(2026, 11, 1, tzinfo=BERLIN)),
    ],
)
def test_a_rough_instant_starts_its_clock_as_early_as_it_can_mean(
    precision: Precision, starts: datetime
) -> None:
    instant = Instant(at=datetime(2026, 11, 20, 9, 30, tzinfo=BERLIN), precision=precision)

    assert earliest(instant) == starts
