"""When a task is due: from when it came in, in the practice's days, over both clock changes, holidays and
weekends; a week to the end of its seventh day or to the minute (T3.3)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.practice import DayRule, Practice
from app.models.protocol_definition import Definition, DueRule
from app.models.shipped.loader import shipped_protocols
from app.models.task_deadline import Moments, due_by, due_of, given_day

pytestmark = pytest.mark.pure
HERE = "America/Los_Angeles"
WEEK = shipped_protocols()["referral_follow_up"]
THREE_DAYS = shipped_protocols()["medication_received"]


def practice(zone: str = HERE, **details: object) -> Practice:
    usual = {"country": "US", "subdivision": "OR", "closed_on": [], "open_on": [],
             "day_rule": DayRule.CALENDAR}  # fmt: skip
    return Practice(time_zone=zone, **(usual | details))


def local(text: str, zone: str = HERE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def week(received: str, zone: str = HERE, **details: object) -> datetime:
    """The first late moment of a referral received then, on the wall of the practice."""
    came = local(received, zone)
    due = due_of(WEEK, practice(zone, **details), Moments(came + timedelta(days=4), received=came))
    return due.at.astimezone(ZoneInfo(zone))


@pytest.mark.parametrize(
    ("received", "late_from"),
    [
        ("2026-03-01T15:00", "2026-03-09T00:00"),  # the clocks go forward on the 8th
        ("2026-03-01T00:00", "2026-03-09T00:00"),
        ("2026-03-01T23:59", "2026-03-09T00:00"),
        ("2026-10-25T15:00", "2026-11-02T00:00"),  # and back on 1 November
        ("2026-12-24T15:00", "2027-01-01T00:00"),  # over holidays: a week has seven days
        ("2028-02-22T15:00", "2028-03-01T00:00"),  # a leap day in it
    ],
)
def test_it_gives_a_week_to_the_end_of_its_seventh_day(received: str, late_from: str) -> None:
    assert week(received).replace(tzinfo=None).isoformat(timespec="minutes") == late_from


@pytest.mark.parametrize(
    ("received", "late_from"),
    [("2026-03-01T15:00", "2026-03-08T16:00"), ("2026-10-26T15:00", "2026-11-02T14:00"),
     ("2026-05-04T09:30", "2026-05-11T09:30")],
)  # fmt: skip
def test_it_counts_hours_that_pass_where_a_practice_wants_them(
    received: str, late_from: str
) -> None:
    ends = week(received, day_rule=DayRule.ELAPSED)
    assert ends.replace(tzinfo=None).isoformat(timespec="minutes") == late_from


def test_it_ends_a_day_whose_midnight_the_clocks_skip_at_the_jump() -> None:
    """Chile springs forward at midnight: 6 September 2026 begins at 1:00."""
    ends = week("2026-08-29T10:00", "America/Santiago")
    assert ends.isoformat() == "2026-09-06T01:00:00-03:00"


def test_it_ends_a_day_whose_last_hour_comes_twice_after_the_second() -> None:
    ends = week("2026-03-28T10:00", "America/Santiago")
    assert ends.astimezone(ZoneInfo("UTC")).isoformat() == "2026-04-05T04:00:00+00:00"


def test_it_lets_a_protocol_ask_for_hours_whatever_the_practice_does() -> None:
    hours = DueRule(rule="elapsed_days", days=2, counted_from="received")
    exact: Definition = WEEK.model_copy(update={"due": hours})
    came = local("2026-05-04T09:30")
    due = due_of(exact, practice(), Moments(came, received=came))
    assert (due.at, due.day, due.rule) == (
        came + timedelta(days=2),
        date(2026, 5, 6),
        "elapsed_days:2",
    )


@pytest.mark.parametrize(
    ("came", "due_on"),
    [
        ("2026-03-06T16:00", "2026-03-11"),  # a fax of Friday, written down on Tuesday
        ("2026-07-02T16:00", "2026-07-08"),  # Friday the 3rd is the holiday's observed day
        ("2026-12-24T09:00", "2026-12-30"),  # Christmas and a weekend between
    ],
)
def test_it_counts_business_days_from_when_it_came_in(came: str, due_on: str) -> None:
    written_down = local(came) + timedelta(days=4)
    due = due_of(THREE_DAYS, practice(), Moments(written_down, received=local(came)))
    assert due.day.isoformat() == due_on


def test_it_leaves_out_the_practices_own_closed_days() -> None:
    came = local("2026-05-04T09:30")
    closed = practice(closed_on=["2026-05-06"])
    assert due_of(THREE_DAYS, closed, Moments(came)).day == date(2026, 5, 8)


@given(
    st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2034-01-01")),
    st.sampled_from(
        [HERE, "America/New_York", "America/Phoenix", "Pacific/Honolulu", "America/Santiago"]
    ),
)
def test_it_never_takes_a_day_from_the_week(came: datetime, zone: str) -> None:
    received = came.replace(tzinfo=ZoneInfo(zone))
    due = due_of(WEEK, practice(zone), Moments(received, received=received))
    assert due.at - received >= timedelta(days=7) - timedelta(hours=1)
    assert due.at - received <= timedelta(days=8) + timedelta(hours=1)
    assert due.day == came.date() + timedelta(days=7)
    assert due.at == given_day(due.day, practice(zone)).at
    assert due_by(due.rule, WEEK, practice(zone), Moments(received)) == due
