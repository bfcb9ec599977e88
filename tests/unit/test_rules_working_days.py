"""Business days, months and clocks that start elsewhere, over weekends, holidays and DST."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.clocks import due_at, in_zone, months_after, year_end
from tocsin.rules.due_times import with_times
from tocsin.rules.timing import Timing
from tocsin.rules.working_days import working_days_of
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.regime import Deadline, Unit

BERLIN = ZoneInfo("Europe/Berlin")
ANGELES = ZoneInfo("America/Los_Angeles")
SHANGHAI = ZoneInfo("Asia/Shanghai")
PLACES = ("DE", "CN", "US", "US-CA")


def term(value: int, unit: Unit, after: str = "aware") -> Deadline:
    return Deadline(value=value, unit=unit, after=after, wording="in time")


def business_days(start: datetime, value: int, place: str) -> datetime:
    return due_at(start, term(value, Unit.BUSINESS_DAYS), works=working_days_of(place))


@pytest.mark.parametrize(
    ("place", "start", "value", "ends"),
    [
        # Good Friday and Easter Monday 2026: 3 and 6 April.
        ("DE", datetime(2026, 4, 2, 15, tzinfo=BERLIN), 1, datetime(2026, 4, 7, 15, tzinfo=BERLIN)),
        # 1 January 2027 is a Friday.
        (
            "DE",
            datetime(2026, 12, 31, 23, 59, tzinfo=BERLIN),
            1,
            datetime(2027, 1, 4, 23, 59, tzinfo=BERLIN),
        ),
        # Thanksgiving 2026: 26 November; California's public offices keep the day after too.
        (
            "US",
            datetime(2026, 11, 25, 9, tzinfo=ANGELES),
            1,
            datetime(2026, 11, 27, 9, tzinfo=ANGELES),
        ),
        (
            "US-CA",
            datetime(2026, 11, 25, 9, tzinfo=ANGELES),
            1,
            datetime(2026, 11, 30, 9, tzinfo=ANGELES),
        ),
        # 31 March is Cesar Chavez Day in California alone.
        (
            "US",
            datetime(2026, 3, 30, 9, tzinfo=ANGELES),
            1,
            datetime(2026, 3, 31, 9, tzinfo=ANGELES),
        ),
        (
            "US-CA",
            datetime(2026, 3, 30, 9, tzinfo=ANGELES),
            1,
            datetime(2026, 4, 1, 9, tzinfo=ANGELES),
        ),
        # Independence Day 2026 is a Saturday, kept on Friday the 3rd.
        ("US", datetime(2026, 7, 2, 9, tzinfo=ANGELES), 1, datetime(2026, 7, 6, 9, tzinfo=ANGELES)),
        # Before the Spring Festival of 2026 Saturday, 14 February, is worked; then nine free days.
        (
            "CN",
            datetime(2026, 2, 13, 9, tzinfo=SHANGHAI),
            1,
            datetime(2026, 2, 14, 9, tzinfo=SHANGHAI),
        ),
        (
            "CN",
            datetime(2026, 2, 13, 9, tzinfo=SHANGHAI),
            2,
            datetime(2026, 2, 24, 9, tzinfo=SHANGHAI),
        ),
        # Over the change of the clocks on 29 March 2026: the same time on the wall.
        (
            "DE",
            datetime(2026, 3, 27, 12, tzinfo=BERLIN),
            1,
            datetime(2026, 3, 30, 12, tzinfo=BERLIN),
        ),
    ],
)
def test_business_days_pass_over_weekends_and_the_holidays_of_the_place(
    place: str, start: datetime, value: int, ends: datetime
) -> None:
    assert business_days(start, value, place) == ends


@settings(deadline=None, max_examples=150)
@given(
    start=st.datetimes(
        datetime(2024, 1, 1),  # noqa: DTZ001
        datetime(2028, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([BERLIN, UTC, SHANGHAI, ANGELES]),
    ),
    value=st.integers(1, 60),
    more=st.integers(0, 30),
    place=st.sampled_from(PLACES),
)
def test_a_business_day_deadline_ends_on_a_working_day_and_more_days_never_end_earlier(
    start: datetime, value: int, more: int, place: str
) -> None:
    works = working_days_of(place)
    ends = business_days(start, value, place)
    there = ends.astimezone(start.tzinfo)
    assert works(there.date())
    if place != "CN":  # where a weekend is worked in place of a holiday's bridge
        assert there.weekday() < 5
    assert business_days(start, value + more, place) >= ends
    assert ends >= due_at(start, term(value, Unit.CALENDAR_DAYS))


@settings(deadline=None, max_examples=200)
@given(
    start=st.datetimes(
        datetime(2020, 1, 1),  # noqa: DTZ001
        datetime(2035, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([BERLIN, UTC, SHANGHAI, ANGELES]),
    ),
    value=st.integers(1, 400),
    more=st.integers(0, 60),
    unit=st.sampled_from([Unit.HOURS, Unit.CALENDAR_DAYS, Unit.MONTHS]),
)
def test_more_of_a_unit_never_ends_earlier_and_days_end_by_the_end_of_their_date(
    start: datetime, value: int, more: int, unit: Unit
) -> None:
    ends = due_at(start, term(value, unit))
    assert due_at(start, term(value + more, unit)) >= ends
    if unit is not Unit.HOURS:
        days = start.date() + timedelta(days=value)
        last = days if unit is Unit.CALENDAR_DAYS else months_after(start.date(), value)
        midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), start.tzinfo)
        assert ends <= midnight.astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 6, 30), 24, date(2028, 6, 30)),
    ],
)
def test_a_month_without_such_a_day_ends_with_its_last_one(
    day: date, count: int, then: date
) -> None:
    assert months_after(day, count) == then


def test_a_time_of_day_that_the_clocks_skip_or_repeat_is_taken_early() -> None:
    skipped = due_at(datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN), term(1, Unit.CALENDAR_DAYS))
    assert skipped == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    repeated = due_at(datetime(2026, 10, 24, 2, 30, tzinfo=BERLIN), term(1, Unit.CALENDAR_DAYS))
    assert repeated == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_bare_offset_of_home_is_read_as_a_time_of_home() -> None:
    written = datetime.fromisoformat("2026-03-27T23:30:00+01:00")
    in_three_days = due_at(in_zone(written, BERLIN), term(3, Unit.CALENDAR_DAYS))
    assert in_three_days == datetime(2026, 3, 30, 23, 30, tzinfo=BERLIN)
    elsewhere = datetime.fromisoformat("2026-03-27T23:30:00+08:00")
    assert in_zone(elsewhere, BERLIN) is elsewhere


def test_business_days_without_holidays_are_refused() -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    with pytest.raises(ValueError, match="holidays"):
        due_at(start, term(1, Unit.BUSINESS_DAYS))
    with pytest.raises(ValueError, match="not known"):
        working_days_of("XX")


def timed(deadline: Deadline, *, told_at: datetime | None = None, **facts: Any) -> Duty:
    duty = Duty(
        id="X:authority:annual",
        regime="X",
        addressee=Addressee.AUTHORITY,
        phase=Phase.ANNUAL,
        required=True,
        reason="",
        cite="law",
    )
    timing = Timing(
        IncidentFacts.model_validate(facts),
        {},
        targets={},
        raised_at=datetime(2026, 11, 21, tzinfo=UTC),
        told_at=told_at,
        zone=BERLIN,
    )
    return with_times(duty, deadline, timing)


@pytest.mark.parametrize(
    ("aware", "ends"),
    [
        # 60 days after the end of 2026 are 1 March 2027; of 2027, the leap year's 29 February.
        ("2026-05-20T09:30:00+02:00", datetime(2027, 3, 1, 23, 59, tzinfo=BERLIN)),
        ("2027-05-20T09:30:00+02:00", datetime(2028, 2, 29, 23, 59, tzinfo=BERLIN)),
        # Half past midnight at home is still the old year in UTC: home counts.
        ("2027-01-01T00:30:00+01:00", datetime(2028, 2, 29, 23, 59, tzinfo=BERLIN)),
        ("2026-12-31T23:30:00-08:00", datetime.fromisoformat("2027-03-01T23:59:00-08:00")),
    ],
)
def test_an_annual_report_runs_from_the_end_of_the_year_of_awareness(
    aware: str, ends: datetime
) -> None:
    duty = timed(term(60, Unit.CALENDAR_DAYS, "year_end"), aware=aware)
    assert duty.due_at == ends
    assert year_end(datetime.fromisoformat(aware)).minute == 59


def test_a_clock_that_runs_from_the_notices_does_not_run_before_the_first_one_left() -> None:
    deadline = term(15, Unit.CALENDAR_DAYS, "individuals_told")
    waiting = timed(deadline, aware="2026-11-20T09:30:00+01:00")
    assert (waiting.starts_at, waiting.due_at) == (None, None)
    assert waiting.missing == ()
    told_at = datetime(2026, 11, 24, 8, tzinfo=UTC)
    running = timed(deadline, told_at=told_at, aware="2026-11-20T09:30:00+01:00")
    assert running.due_at == told_at + timedelta(days=15)
    over_the_change = datetime(2026, 3, 27, 22, 45, tzinfo=UTC)
    by_the_wall = timed(deadline, told_at=over_the_change, aware="2026-03-20T09:30:00+01:00")
    assert by_the_wall.due_at == datetime(2026, 4, 11, 23, 45, tzinfo=BERLIN)
