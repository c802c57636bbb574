"""Business days, ends of days and the other time of day, each said again a slower way."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.calendar_days import subdivisions
from messaging.errors import UnknownCalendar
from messaging.quiet_hours import (
    business_days_after,
    end_of_local_day,
    holidays_of,
    other_time_of_day,
)

pytestmark = pytest.mark.pure

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
AROUND_CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 9, 5)),  # 24:00 becomes 01:00: no midnight
    ("America/Santiago", date(2026, 4, 4)),  # 24:00 becomes 23:00: the day has that hour twice
    ("America/Havana", date(2026, 10, 31)),  # 01:00 becomes 00:00: midnight twice
    ("America/St_Johns", date(2010, 11, 6)),  # 00:01 became 23:01 of the day before
    ("America/St_Johns", date(2010, 3, 13)),
    ("Pacific/Apia", date(2011, 12, 29)),  # the day after did not exist
    ("Pacific/Apia", date(2011, 12, 30)),  # did not exist itself
    ("Asia/Kathmandu", date(2026, 6, 10)),
]


def last_minute_of(day: date, zone: str) -> datetime:
    start = datetime.combine(day, time.min, tzinfo=UTC) - DAY
    minutes = [start + n * MINUTE for n in range(3 * 24 * 60)]
    return max(minute for minute in minutes if minute.astimezone(ZoneInfo(zone)).date() <= day)


@pytest.mark.parametrize(("zone", "day"), AROUND_CHANGES)
def test_it_ends_a_day_when_its_last_minute_is_over(zone: str, day: date) -> None:
    assert end_of_local_day(day, zone) == last_minute_of(day, zone) + MINUTE


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.sampled_from([zone for zone, _ in AROUND_CHANGES]),
)
def test_it_ends_days_in_order_and_never_overlaps_them(day: date, zone: str) -> None:
    ends = end_of_local_day(day, zone)
    assert ends.tzinfo is UTC
    assert ends.astimezone(ZoneInfo(zone)).date() > day
    assert end_of_local_day(day - DAY, zone) < ends


closings = st.sets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=12).map(frozenset)


@given(st.dates(date(2026, 1, 1), date(2026, 2, 15)), st.integers(1, 20), closings)
def test_it_leaves_exactly_that_many_business_days_between(
    start: date, days: int, closed: frozenset[date]
) -> None:
    end = business_days_after(start, days, holidays=closed)
    between = [start + n * DAY for n in range(1, (end - start).days + 1)]
    open_days = [day for day in between if day.weekday() < 5 and day not in closed]
    assert len(open_days) == days
    assert open_days[-1] == end


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 6, 12), 1, date(2026, 6, 15)),  # Friday to Monday
        (date(2026, 6, 13), 1, date(2026, 6, 15)),  # from a Saturday
        (date(2026, 6, 13), 0, date(2026, 6, 15)),
        (date(2026, 6, 12), 0, date(2026, 6, 12)),
        (date(2026, 12, 23), 2, date(2026, 12, 28)),  # Christmas Day is a Friday
        (date(2026, 6, 12), 5, date(2026, 6, 22)),  # Juneteenth is the Friday after
    ],
)
def test_it_counts_business_days(start: date, days: int, end: date) -> None:
    assert business_days_after(start, days, holidays=holidays_of("US", "OR", [2026])) == end


def test_it_does_not_count_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        business_days_after(date(2026, 6, 12), -1, holidays=frozenset())


def test_it_knows_national_and_state_holidays_and_observed_days() -> None:
    oregon = holidays_of("US", "OR", [2026, 2027])
    assert {date(2026, 7, 3), date(2026, 7, 4), date(2026, 11, 26), date(2027, 1, 1)} <= oregon
    assert date(2026, 3, 31) in holidays_of("US", "CA", [2026])  # César Chávez Day
    assert date(2026, 3, 31) not in oregon


def test_it_leaves_out_what_somebody_works_on_the_observed_day_too() -> None:
    worked = holidays_of("US", "OR", [2026], worked=["Independence Day", "Columbus Day"])
    assert not {date(2026, 7, 3), date(2026, 7, 4), date(2026, 10, 12)} & worked
    assert date(2026, 11, 26) in worked
    assert subdivisions("US")["OR"] == "Oregon"
    assert subdivisions("ZZ") == {}


@pytest.mark.parametrize(("country", "subdivision"), [("ZZ", None), ("US", "QQ"), ("", None)])
def test_it_says_when_it_has_no_calendar(country: str, subdivision: str | None) -> None:
    with pytest.raises(UnknownCalendar, match="US and OR"):
        holidays_of(country, subdivision, [2026])


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_it_asks_again_at_a_clearly_different_time(first: datetime) -> None:
    zone = "America/Chicago"
    opens, closes = other_time_of_day(first, zone)
    asked = first.astimezone(ZoneInfo(zone))
    assert time(8) < opens < closes < time(21)
    to_opens = abs(datetime.combine(date.min, asked.time()) - datetime.combine(date.min, opens))
    to_closes = abs(datetime.combine(date.min, asked.time()) - datetime.combine(date.min, closes))
    assert not opens <= asked.time() <= closes
    assert min(to_opens, to_closes) >= timedelta(minutes=90)


def test_it_moves_a_morning_ask_to_late_afternoon_and_back() -> None:
    morning = datetime(2026, 6, 10, 16, 0, tzinfo=UTC)  # 09:00 in Los Angeles, 12:00 in New York
    assert other_time_of_day(morning, "America/Los_Angeles") == (time(16), time(18))
    evening = datetime(2026, 6, 10, 22, 0, tzinfo=UTC)
    assert other_time_of_day(evening, "America/New_York") == (time(9), time(10, 30))
