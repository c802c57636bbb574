"""Days on a calendar: business days, the end of a local day, holidays, another time of day.

Callers find these beside the windows, in `messaging.quiet_hours`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import holidays as holiday_calendars

from messaging.errors import UnknownCalendar
from messaging.zones import as_utc, end_of_day, zone_named

_DAY = timedelta(days=1)
#: What the calendar adds to a holiday kept on another day.
_OBSERVED = " (observed)"
_SATURDAY = 5
_MORNING = (time(9, 0), time(10, 30))
_LATE_AFTERNOON = (time(16, 0), time(18, 0))
_MORNING_ENDS = time(12, 30)


def business_days_after(start: date, days: int, *, holidays: frozenset[date]) -> date:
    """Return the date `days` business days after `start` (Monday to Friday, holidays left out).

    The day itself is not counted; 0 gives `start`, or the next business day when it is none.
    """
    if days < 0:
        raise ValueError("Business days are counted forward only.")
    day = start
    for _ in range(days):
        day = _business_day_from(day + _DAY, holidays)
    return day if days else _business_day_from(start, holidays)


def end_of_local_day(day: date, zone: str) -> datetime:
    """Return the UTC instant at which `day` is over in `zone`: the first instant of the next day.

    Something is still in time while `at < end_of_local_day(...)`. Where the clock is set back over
    midnight, the second passing counts; where midnight is skipped, the instant of the jump.
    """
    return end_of_day(datetime.combine(day + _DAY, time.min), zone_named(zone))


def other_time_of_day(first: datetime, zone: str) -> tuple[time, time]:
    """Return a local window 90 minutes or more from a first ask: morning ↔ late afternoon."""
    asked = as_utc(first).astimezone(zone_named(zone)).time()
    return _LATE_AFTERNOON if asked < _MORNING_ENDS else _MORNING


def holidays_of(
    country: str,
    subdivision: str | None,
    years: Iterable[int],
    *,
    worked: Iterable[str] = (),
) -> frozenset[date]:
    """Return the public holidays of a country ("US") and state ("OR"), observed days included, but for those
    somebody works on: `worked` holds their names, as `holiday_name` gives them."""
    known, apart = _calendar(country, subdivision, years), frozenset(worked)
    return frozenset(day for day, name in known.items() if holiday_name(name) not in apart)


def holiday_names(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    """Return the public holidays of a year with their names, in order."""
    return dict(sorted(_calendar(country, subdivision, [year]).items()))


def holiday_name(text: str) -> str:
    """Return what a holiday is called in every year: "Veterans Day (observed)" → "Veterans Day"."""
    return text.removesuffix(_OBSERVED)


def subdivisions(country: str) -> dict[str, str]:
    """Return the states of a country that have a calendar: code → name; {} for a country without one."""
    try:
        known = holiday_calendars.country_holidays(country)
    except NotImplementedError:
        return {}
    called = known.get_subdivision_aliases()
    return {code: (called.get(code) or [code])[0] for code in known.subdivisions}


def _calendar(
    country: str, subdivision: str | None, years: Iterable[int]
) -> holiday_calendars.HolidayBase:
    try:
        return holiday_calendars.country_holidays(country, subdiv=subdivision, years=list(years))
    except NotImplementedError as error:
        raise UnknownCalendar from error


def _business_day_from(day: date, holidays: frozenset[date]) -> date:
    while day.weekday() >= _SATURDAY or day in holidays:
        day += _DAY
    return day
