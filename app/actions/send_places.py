"""Where a person is and when the practice is open, as the gate's rules need it: zones from the person's
own word, then ZIP, then number; hours and closed days of the practice."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.models.contact_point import PhoneNumber
from app.models.patient import Patient
from app.models.practice import Practice
from messaging import phone
from messaging.errors import UnknownCalendar
from messaging.quiet_hours import EVERY_DAY, WIDEST_US_ZONES, DayWindow, QuietRule, holidays_of
from messaging.zip_zones import is_zone, zone_of_zip

_LOOK_AHEAD = timedelta(days=20)
#: What morning, afternoon and evening mean; never wider than the quiet hours allow.
PARTS_OF_DAY = {
    "morning": DayWindow(time(8), time(12)),
    "afternoon": DayWindow(time(12), time(17)),
    "evening": DayWindow(time(17), time(21)),
}
_ALL_DAY = DayWindow(time(0), time(0))


def zones_for(patient: Patient | None, number: PhoneNumber | None) -> tuple[str, ...]:
    """Every zone the person may be in, from the surest source that says anything."""
    said = said_zones(patient) if patient is not None else ()
    if said:
        return said
    by_number = tuple(z for z in phone.zones_of(number.e164) if is_zone(z)) if number else ()
    # A toll-free number may be anywhere: it says nothing.
    says_something = 0 < len(by_number) <= len(WIDEST_US_ZONES)
    return by_number if says_something else WIDEST_US_ZONES


def said_zones(patient: Patient) -> tuple[str, ...]:
    """The zone of the patient's own word or ZIP; none when only their number can tell."""
    if patient.time_zone and is_zone(patient.time_zone):
        return (patient.time_zone,)
    by_zip = zone_of_zip(patient.postal_code) if patient.postal_code else None
    return (by_zip,) if by_zip is not None else ()


def quiet_rule(
    practice: Practice, patient: Patient | None, number: PhoneNumber | None
) -> QuietRule:
    """The hours in which a text may reach this person, where the person is."""
    window = DayWindow(
        time.fromisoformat(practice.quiet_until), time.fromisoformat(practice.quiet_from)
    )
    return QuietRule(window, zones_for(patient, number))


def preferred_rule(patient: Patient | None, quiet: QuietRule) -> QuietRule | None:
    """The part of the day the patient chose in the portal, where the patient is; None = any time."""
    chosen = patient.preferences.get("best_time") if patient is not None else None
    window = PARTS_OF_DAY.get(str(chosen))
    return QuietRule(window, quiet.zones) if window is not None else None


def opening_rule(practice: Practice, *, at: datetime) -> QuietRule | None:
    """When the practice is open, in its own zone; None = always.

    Without hours only its own closed days count; with hours public holidays do too.
    """
    windows = tuple(
        DayWindow(time.fromisoformat(opens), time.fromisoformat(closes), frozenset({int(day)}))
        for day, spans in sorted(practice.hours.items())
        for opens, closes in spans
    )
    closed = frozenset(date.fromisoformat(day) for day in practice.closed_on)
    if not windows:
        return QuietRule(_ALL_DAY, (practice.time_zone,), closed) if closed else None
    today = at.astimezone(ZoneInfo(practice.time_zone)).date()
    years = {today.year, (today + _LOOK_AHEAD).year}
    public = frozenset[date]().union(
        *(
            _holidays(practice.country, practice.subdivision, year, tuple(practice.open_on))
            for year in years
        )
    )
    return QuietRule(windows[0], (practice.time_zone,), closed | public, EVERY_DAY, windows[1:])


@lru_cache(maxsize=256)
def _holidays(
    country: str, subdivision: str | None, year: int, worked: tuple[str, ...]
) -> frozenset[date]:
    """Public holidays of one year but for those worked on; a place without a calendar has none we know of."""
    try:
        return holidays_of(country, subdivision, [year], worked=worked)
    except UnknownCalendar:
        return frozenset()
