"""A practice's own closed days beside the public holidays: added with a name, removed, and copied from the
year before."""

from datetime import date, datetime

from app.actions import practice_changes
from app.core.errors import Conflict, Invalid
from app.models.event import Actor
from app.models.practice import Practice
from messaging.calendar_days import holiday_name, holiday_names, subdivisions
from messaging.errors import UnknownCalendar

LONGEST_NAME = 60
FURTHEST_YEARS = 3


def add(practice: Practice, day: date, name: str, *, today: date, by: Actor, at: datetime) -> None:
    """Closed on that day. Raises Invalid for no name or a day nobody plans, Conflict for a known one."""
    called = " ".join(name.split())[:LONGEST_NAME]
    if not called:
        raise Invalid("Write what the day is called.", field="name")
    if not today.year - 1 <= day.year <= today.year + FURTHEST_YEARS:
        raise Invalid("That day is too far away. Check the year.", field="day")
    if day.isoformat() in practice.closed_on:
        raise Conflict("That day is on the list already.")
    _set(practice, dict(_named(practice)) | {day.isoformat(): called}, by=by, at=at)


def remove(practice: Practice, day: date, *, by: Actor, at: datetime) -> str:
    """Open on that day after all; the name it had."""
    known = dict(_named(practice))
    name = known.pop(day.isoformat(), "")
    _set(practice, known, by=by, at=at)
    return name


def copy_year(practice: Practice, year: int, *, by: Actor, at: datetime) -> int:
    """The days of the year before, a year later, as far as they are not there; returns how many.

    The 29th of February is left out of other years. A day that moves (the fourth Thursday) is moved by hand.
    """
    known = dict(_named(practice))
    before = len(known)
    for written, name in _named(practice).items():
        day = date.fromisoformat(written)
        if day.year == year - 1 and (day.month, day.day) != (2, 29):
            known.setdefault(day.replace(year=year).isoformat(), name)
    _set(practice, known, by=by, at=at)
    return len(known) - before


def keep_public(practice: Practice, name: str, *, keeps: bool, by: Actor, at: datetime) -> None:
    """Whether the practice closes on a public holiday, in every year. Raises Invalid for an unknown one."""
    if name not in _public_names(practice, at.year):
        raise Invalid("That is no public holiday of your place.", field="name")
    worked = set(practice.open_on) - {name} if keeps else {*practice.open_on, name}
    practice_changes.update(practice, by=by, at=at, open_on=sorted(worked))


def _public_names(practice: Practice, year: int) -> set[str]:
    """What its holidays are called, those of leap and election years too."""
    years = range(year - 1, year + FURTHEST_YEARS + 1)
    try:
        found = [holiday_names(practice.country, practice.subdivision, each) for each in years]
    except UnknownCalendar:
        return set()
    return {holiday_name(name) for names in found for name in names.values()}


def settle_in(practice: Practice, subdivision: str | None, *, by: Actor, at: datetime) -> None:
    """The state whose holidays count beside the country's. Raises Invalid for an unknown one."""
    if subdivision is not None and subdivision not in subdivisions(practice.country):
        raise Invalid("Choose a state from the list.", field="subdivision")
    practice_changes.update(practice, by=by, at=at, subdivision=subdivision)


def _named(practice: Practice) -> dict[str, str]:
    return {day: str(practice.closed_names.get(day, "")) for day in practice.closed_on}


def _set(practice: Practice, days: dict[str, str], *, by: Actor, at: datetime) -> None:
    names = {day: name for day, name in sorted(days.items()) if name}
    practice_changes.update(practice, by=by, at=at, closed_on=sorted(days), closed_names=names)
