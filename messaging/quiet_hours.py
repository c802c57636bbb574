"""When a text may leave: daily windows, zones, days and holidays → the next allowed moment.

What counts is the wall clock where the person is, read at that instant; so a jump of the clock
needs no special rule, only care to look at the instants where it happens. Windows have a first
minute and no last one: with 8:00-21:00, 20:59 may leave and 21:00 waits. Outer bound: 47 CFR
64.1200(c)(1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from messaging.calendar_days import (
    business_days_after,
    end_of_local_day,
    holiday_names,
    holidays_of,
    other_time_of_day,
)
from messaging.errors import NeverAllowed, UnknownZone
from messaging.zones import WIDEST_US_ZONES, as_utc, jump_between, moments_of, zone_named

__all__ = [
    "EVERY_DAY",
    "WIDEST_US_ZONES",
    "DayWindow",
    "QuietRule",
    "business_days_after",
    "end_of_local_day",
    "holiday_names",
    "holidays_of",
    "is_allowed",
    "next_allowed",
    "other_time_of_day",
]

EVERY_DAY = frozenset(range(7))
"""Monday is 0, as in `date.weekday()`."""

_LOOK_AHEAD_DAYS = 15
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayWindow:
    """From `opens` up to, not including, `closes`: naive local times.

    `closes` at or before `opens` runs over midnight and belongs to the day it opened on; equal
    times last 24 hours. `days` are the weekdays it opens on.
    """

    opens: time
    closes: time
    days: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise ValueError("A window holds wall times without a zone.")
        if not self.days <= EVERY_DAY:
            raise ValueError("Weekdays are 0 (Monday) to 6 (Sunday).")


@dataclass(frozen=True, slots=True)
class QuietRule:
    """Texts may leave inside `window` (or one of `more`), locally in every one of `zones`.

    When a person's zone is not known, pass every zone they may be in: the hours that suit them all
    are the narrowest. `more` holds further intervals, for a lunch break or a shorter Saturday.
    """

    window: DayWindow
    zones: tuple[str, ...]
    holidays: frozenset[date] = frozenset()
    days: frozenset[int] = EVERY_DAY
    more: tuple[DayWindow, ...] = ()

    def __post_init__(self) -> None:
        if not self.zones:
            raise UnknownZone(
                "Name at least one time zone; for an unknown one, every zone it may be."
            )
        for name in self.zones:
            zone_named(name)

    @property
    def windows(self) -> tuple[DayWindow, ...]:
        """Every interval of the day in which texts may leave."""
        return (self.window, *self.more)


def next_allowed(at: datetime, rule: QuietRule) -> datetime:
    """Return the first instant (UTC) not before `at` at which `rule` lets a text leave.

    Equal to `at` when that is now. Raises `NeverAllowed` when the next 15 days hold no such
    instant.
    """
    at = as_utc(at)
    if is_allowed(at, rule):
        return at
    zones = [zone_named(name) for name in rule.zones]
    for ahead in range(_LOOK_AHEAD_DAYS):
        start = at + ahead * _DAY
        found = [moment for moment in _turns(start, rule, zones) if is_allowed(moment, rule)]
        if found:
            return min(found)
    raise NeverAllowed


def is_allowed(at: datetime, rule: QuietRule) -> bool:
    """Return whether a text may leave now: inside a window in every zone of the rule."""
    walls = (as_utc(at).astimezone(zone_named(name)).replace(tzinfo=None) for name in rule.zones)
    return all(any(_holds(window, wall, rule) for window in rule.windows) for wall in walls)


def _holds(window: DayWindow, wall: datetime, rule: QuietRule) -> bool:
    today, now = wall.date(), wall.time()
    opened_today = _opens_on(window, today, rule)
    if window.opens < window.closes:
        return opened_today and window.opens <= now < window.closes
    return (opened_today and now >= window.opens) or (
        now < window.closes and _opens_on(window, today - _DAY, rule)
    )


def _opens_on(window: DayWindow, day: date, rule: QuietRule) -> bool:
    weekday = day.weekday()
    return weekday in rule.days and weekday in window.days and day not in rule.holidays


def _turns(start: datetime, rule: QuietRule, zones: list[ZoneInfo]) -> Iterator[datetime]:
    """Yield each instant in [start, start + 24 h] at which the answer may turn to yes."""
    end = start + _DAY
    for zone in zones:
        jump = jump_between(start, end, zone)
        if jump is not None:
            yield jump
        day = start.astimezone(zone).date()
        while day <= end.astimezone(zone).date():
            for window in rule.windows:
                moments = moments_of(datetime.combine(day, window.opens), zone)
                yield from (moment for moment in moments if start <= moment <= end)
            day += _DAY
