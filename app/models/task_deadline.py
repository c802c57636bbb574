"""The days and moments of a task: when it is due, when its ladder begins and when the next rung comes.
A deadline is a local day in the practice's zone, or so many times 24 hours; moments follow from it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.core.errors import Invalid
from app.models.practice import DayRule, Practice
from app.models.protocol_definition import Definition, Step
from messaging.errors import UnknownCalendar
from messaging.quiet_hours import (
    business_days_after,
    end_of_local_day,
    holidays_of,
    other_time_of_day,
)

MORNING = time(9, 0)
GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Moments:
    """What days are counted from: when the task was made, what it is about happens, when that came in."""

    created: datetime
    happens: datetime | None = None
    received: datetime | None = None

    @property
    def came(self) -> datetime:
        return self.received or self.created

    def since(self, counted_from: str) -> datetime:
        """Where the clock starts. What lies ahead counts from when it came in at the soonest; what has
        happened ("happened") from its own day, however late anybody heard of it."""
        if counted_from == "happened" and self.happens is not None:
            return self.happens
        if counted_from == "happens" and self.happens is not None:
            return max(self.happens, self.came)
        return self.came


@dataclass(frozen=True, slots=True)
class Due:
    """The local day, the first instant that is late, and the rule they follow from ("calendar_days:7")."""

    day: date
    at: datetime
    rule: str


def due_of(definition: Definition, practice: Practice, moments: Moments) -> Due:
    """When the task is due. A practice may let its calendar days run to the minute instead."""
    rule = definition.due.rule
    if rule == "calendar_days":
        rule = DayRule(practice.day_rule).value
    return due_by(f"{rule}:{definition.due.days}", definition, practice, moments)


def due_by(rule: str, definition: Definition, practice: Practice, moments: Moments) -> Due:
    """The same by a rule as a task keeps it.

    Calendar days follow the week rule: a referral of 1 March is due on 8 March, whatever the hour.
    """
    kind, _, days = rule.partition(":")
    since, zone = moments.since(definition.due.counted_from), ZoneInfo(practice.time_zone)
    start = since.astimezone(zone).date()
    if kind == DayRule.ELAPSED:
        at = since.astimezone(UTC) + timedelta(days=int(days))  # hours that pass, not a wall's
        return Due(at.astimezone(zone).date(), at, rule)
    if kind == DayRule.CALENDAR:
        day = start + timedelta(days=int(days))
    else:
        day = business_days_after(start, int(days), holidays=closed_days(practice, start))
    return Due(day, due_moment(day, practice.time_zone), rule)


def given_day(day: date, practice: Practice) -> Due:
    """A day somebody chose: it lasts to its end."""
    return Due(day, due_moment(day, practice.time_zone), GIVEN)


def due_moment(day: date, zone: str) -> datetime:
    """The first instant at which a task due on `day` is late."""
    return end_of_local_day(day, zone)


def waking(day: date | None, zone: str, *, at: datetime) -> datetime | None:
    """The first moment of a day until which something is held; None without one. Raises Invalid unless it is
    still to come."""
    if day is None:
        return None
    if day <= at.astimezone(ZoneInfo(zone)).date():
        raise Invalid("Choose a day still to come, or leave it empty.", field="until")
    return end_of_local_day(day - timedelta(days=1), zone)


def first_moment(definition: Definition, moments: Moments, zone: str) -> datetime:
    """When the ladder begins: at once, or the set time some days after what the task is about; never
    before its day has come."""
    days = definition.start.days_after_happening
    if moments.happens is None:
        return moments.created
    here = ZoneInfo(zone)
    day, today = moments.happens.astimezone(here).date(), moments.created.astimezone(here).date()
    if days is None:  # a day that is here may be known without its hour
        return moments.created if day <= today else moments.happens
    opens = _local(
        day + timedelta(days=days), time.fromisoformat(definition.start.time_of_day), zone
    )
    return max(opens, moments.happens, moments.created)


def next_moment(step: Step, left: datetime, zone: str) -> datetime:
    """When the rung after `step` comes, `left` being when its text leaves (or the rung was climbed).

    Another time of day comes `wait_days` times 24 hours later at the soonest, so that it is never held
    up by a cap on texts a day.
    """
    soonest = left + timedelta(days=step.wait_days)
    if step.next_at == "same_time":
        return soonest
    day = soonest.astimezone(ZoneInfo(zone)).date()
    if step.next_at == "morning":
        return max(_local(day, MORNING, zone), left + timedelta(hours=12))
    opens, _closes = other_time_of_day(left, zone)
    chosen = _local(day, opens, zone)
    return chosen if chosen >= soonest else _local(day + timedelta(days=1), opens, zone)


def closed_days(practice: Practice, start: date) -> frozenset[date]:
    """Public holidays of the practice's place that it keeps, and its own closed days, from this year to the
    next."""
    own = frozenset(date.fromisoformat(day) for day in practice.closed_on)
    worked = tuple(practice.open_on)
    return own | _public(practice.country, practice.subdivision, start.year, worked)


@lru_cache(maxsize=128)
def _public(
    country: str, subdivision: str | None, year: int, worked: tuple[str, ...]
) -> frozenset[date]:
    try:
        return holidays_of(country, subdivision, (year, year + 1), worked=worked)
    except UnknownCalendar:
        return frozenset()


def _local(day: date, wall: time, zone: str) -> datetime:
    """A wall time as a moment; inside a clock's jump the first reading."""
    moment = datetime.combine(day, wall, tzinfo=ZoneInfo(zone))
    return moment.astimezone(ZoneInfo("UTC"))
