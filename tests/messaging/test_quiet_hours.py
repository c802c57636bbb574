"""Quiet hours against an oracle that walks minute by minute, over zones and their clock changes.

T6.4: 20:59 local leaves, 21:00 waits to 08:00; zone of the person; DST days and unknown zones.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.errors import NeverAllowed, UnknownZone
from messaging.quiet_hours import (
    EVERY_DAY,
    WIDEST_US_ZONES,
    DayWindow,
    QuietRule,
    is_allowed,
    next_allowed,
)

pytestmark = pytest.mark.pure

MINUTE = timedelta(minutes=1)
DAYTIME = DayWindow(time(8), time(21))
NEW_YORK = "America/New_York"
ZONES = [
    NEW_YORK,
    "America/Los_Angeles",
    "America/Phoenix",  # never changes its clocks
    "Pacific/Honolulu",
    "America/St_Johns",  # half hours
    "America/Santiago",  # jumps at midnight, southern summer
    "America/Havana",  # has midnight twice
    "Australia/Lord_Howe",  # jumps by half an hour
    "Europe/Dublin",  # winter is its daylight-saving exception
    "Asia/Kathmandu",
    "Pacific/Apia",
]
# UTC days around the clock changes of 2026 in those zones, one ordinary day, and a turn of the year
DAYS = [
    "2026-03-07",
    "2026-03-28",
    "2026-04-04",
    "2026-06-10",
    "2026-09-05",
    "2026-10-31",
    "2026-12-31",
]


def local(zone: str, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, fold=fold, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type,misc]


def oracle_allows(at: datetime, rule: QuietRule) -> bool:
    """Say it the slow way: is the wall time inside an interval that an allowed day opened?"""

    def opened(zone: str) -> bool:
        wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for window in (rule.window, *rule.more):
            for day in (wall.date() - timedelta(days=1), wall.date()):
                if day in rule.holidays or day.weekday() not in rule.days & window.days:
                    continue
                opens = datetime.combine(day, window.opens)
                closes = datetime.combine(day, window.closes)
                closes += timedelta(days=1) if window.closes <= window.opens else timedelta()
                if opens <= wall < closes:
                    return True
        return False

    return all(opened(zone) for zone in rule.zones)


def oracle_next(at: datetime, rule: QuietRule) -> datetime | None:
    moment = at
    while moment <= at + timedelta(days=15):
        if oracle_allows(moment, rule):
            return moment
        moment = moment.replace(second=0, microsecond=0) + MINUTE
    return None


wall_minutes = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
windows = st.builds(
    DayWindow, wall_minutes, wall_minutes, st.sets(st.integers(0, 6), min_size=3).map(frozenset)
)
moments = st.builds(
    lambda day, seconds: (
        datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    st.sampled_from(DAYS),
    st.integers(0, 3 * 86_400),
)
rules = st.builds(
    QuietRule,
    window=windows,
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True).map(tuple),
    holidays=st.sets(st.dates(date(2026, 3, 6), date(2026, 3, 12)), max_size=2).map(frozenset),
    days=st.sets(st.integers(0, 6), min_size=4).map(frozenset),
    more=st.lists(windows, max_size=1).map(tuple),
)


@settings(max_examples=80, deadline=None)
@given(at=moments, rule=rules)
def test_it_agrees_with_walking_minute_by_minute(at: datetime, rule: QuietRule) -> None:
    expected = oracle_next(at, rule)
    if expected is None:
        with pytest.raises(NeverAllowed):
            next_allowed(at, rule)
    else:
        assert next_allowed(at, rule) == expected


@given(at=moments, rule=rules)
def test_it_is_settled_once_reached(at: datetime, rule: QuietRule) -> None:
    try:
        then = next_allowed(at, rule)
    except NeverAllowed:
        return
    assert then >= at
    assert is_allowed(then, rule)
    assert next_allowed(then, rule) == then


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS)
def test_it_agrees_on_every_minute_around_a_clock_change(zone: str, day: str) -> None:
    """T6.4: every seventh minute of three days, with windows that open inside the jump."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    for window in (
        DAYTIME,
        DayWindow(time(0, 30), time(1, 30)),
        DayWindow(time(2, 30), time(2, 45)),
    ):
        rule = QuietRule(window, (zone,))
        for minute in range(0, 3 * 24 * 60, 7):
            at = start + minute * MINUTE
            assert is_allowed(at, rule) == oracle_allows(at, rule)
        assert next_allowed(start, rule) == oracle_next(start, rule)


def test_it_lets_20_59_leave_and_holds_21_00_until_08_00() -> None:
    """T6.4 in the person's zone, whatever zone the caller thinks in."""
    rule = QuietRule(DAYTIME, ("America/Los_Angeles",))
    just_in_time = local("America/Los_Angeles", 2026, 6, 10, 20, 59, 59)
    too_late = local("America/Los_Angeles", 2026, 6, 10, 21, 0)
    assert next_allowed(just_in_time, rule) == just_in_time
    assert next_allowed(too_late, rule) == local("America/Los_Angeles", 2026, 6, 11, 8, 0)
    assert next_allowed(too_late.astimezone(ZoneInfo("Asia/Tokyo")), rule) == local(
        "America/Los_Angeles", 2026, 6, 11, 8, 0
    )


@pytest.mark.parametrize(("day", "utc_hour"), [((2026, 3, 7), 12), ((2026, 10, 31), 13)])
def test_it_waits_to_eight_local_over_a_clock_change_night(
    day: tuple[int, int, int], utc_hour: int
) -> None:
    """T6.4: the night of spring-forward is an hour shorter, that of fall-back an hour longer."""
    waits = next_allowed(local(NEW_YORK, *day, 21, 0), QuietRule(DAYTIME, (NEW_YORK,)))
    assert waits.hour == utc_hour
    assert waits.astimezone(ZoneInfo(NEW_YORK)).hour == 8


def test_it_opens_at_the_jump_when_the_opening_minute_does_not_exist() -> None:
    rule = QuietRule(DayWindow(time(2, 30), time(4)), (NEW_YORK,))
    assert next_allowed(local(NEW_YORK, 2026, 3, 8, 1, 0), rule) == local(
        NEW_YORK, 2026, 3, 8, 3, 0
    )


def test_it_opens_again_when_the_clock_is_set_back_into_the_window() -> None:
    rule = QuietRule(DayWindow(time(1, 0), time(1, 30)), (NEW_YORK,))
    assert next_allowed(local(NEW_YORK, 2026, 11, 1, 1, 30), rule) == local(
        NEW_YORK, 2026, 11, 1, 1, 0, fold=1
    )


def test_it_sends_to_an_unknown_zone_only_when_every_state_may_be_texted() -> None:
    """T6.4: unknown zone → narrowest window, from Puerto Rico to Hawaii."""
    rule = QuietRule(DAYTIME, WIDEST_US_ZONES)
    waits = next_allowed(local(NEW_YORK, 2026, 6, 10, 9, 0), rule)
    assert waits == local("Pacific/Honolulu", 2026, 6, 10, 8, 0)
    too_late_in_the_east = local("America/Puerto_Rico", 2026, 6, 10, 21, 0)
    assert next_allowed(too_late_in_the_east, rule) == local("Pacific/Honolulu", 2026, 6, 11, 8, 0)


def test_it_runs_a_window_over_midnight_and_counts_the_night_to_the_day_it_opened() -> None:
    friday, saturday = 4, 5
    rule = QuietRule(DayWindow(time(20), time(2)), ("UTC",), days=frozenset({friday}))
    at_one_on_saturday = datetime(2026, 6, 13, 1, tzinfo=UTC)
    assert at_one_on_saturday.weekday() == saturday
    assert next_allowed(at_one_on_saturday, rule) == at_one_on_saturday
    assert next_allowed(datetime(2026, 6, 13, 2, tzinfo=UTC), rule) == datetime(
        2026, 6, 19, 20, tzinfo=UTC
    )


def test_it_keeps_a_lunch_break_and_a_short_saturday() -> None:
    weekdays = frozenset(range(5))
    rule = QuietRule(
        DayWindow(time(8), time(12), weekdays),
        ("UTC",),
        more=(
            DayWindow(time(13), time(17), weekdays),
            DayWindow(time(9), time(11), frozenset({5})),
        ),
    )
    assert next_allowed(datetime(2026, 6, 12, 12, 0, tzinfo=UTC), rule) == datetime(
        2026, 6, 12, 13, tzinfo=UTC
    )
    assert next_allowed(datetime(2026, 6, 12, 17, 0, tzinfo=UTC), rule) == datetime(
        2026, 6, 13, 9, tzinfo=UTC
    )
    assert next_allowed(datetime(2026, 6, 13, 11, 0, tzinfo=UTC), rule) == datetime(
        2026, 6, 15, 8, tzinfo=UTC
    )


def test_it_waits_over_a_holiday() -> None:
    rule = QuietRule(DAYTIME, (NEW_YORK,), holidays=frozenset({date(2026, 12, 25)}))
    assert next_allowed(local(NEW_YORK, 2026, 12, 24, 21, 0), rule) == local(
        NEW_YORK, 2026, 12, 26, 8, 0
    )


def test_it_says_when_no_moment_suits_everyone() -> None:
    opposite = QuietRule(DayWindow(time(8), time(12)), (NEW_YORK, "Asia/Kathmandu"))
    with pytest.raises(NeverAllowed, match="15 days"):
        next_allowed(datetime(2026, 6, 10, tzinfo=UTC), opposite)
    with pytest.raises(NeverAllowed):
        next_allowed(
            datetime(2026, 6, 10, tzinfo=UTC), QuietRule(DAYTIME, ("UTC",), days=frozenset())
        )


def test_it_refuses_what_it_cannot_mean() -> None:
    with pytest.raises(UnknownZone):
        QuietRule(DAYTIME, ())
    with pytest.raises(ValueError, match="naive"):
        next_allowed(datetime(2026, 6, 10), QuietRule(DAYTIME, ("UTC",)))  # noqa: DTZ001
    with pytest.raises(ValueError, match="Weekdays"):
        DayWindow(time(8), time(21), frozenset({7}))
    with pytest.raises(ValueError, match="without a zone"):
        DayWindow(time(8, tzinfo=UTC), time(21))
    assert frozenset({0, 1, 2, 3, 4, 5, 6}) == EVERY_DAY
