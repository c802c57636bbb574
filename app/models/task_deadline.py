"""The days and moments of a task: when it is due, when its ladder begins and when the next rung comes.
A deadline is a local day in the practice's zone; moments follow from it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.models.practice import Practice
from app.models.protocol_definition import Definition, Step
from messaging.errors import UnknownCalendar
from messaging.quiet_hours import (
    business_days_after,
    end_of_local_day,
    holidays_of,
    other_time_of_day,
)

MORNING = time(9, 0)


@dataclass(frozen=True, slots=True)
class Moments:
    """What days are counted from: when the task was made, what it is about happens, a referral came."""

    created: datetime
    happens: datetime | None = None
    received: datetime | None = None


def due_day(definition: Definition, practice: Practice, moments: Moments) -> date:
    """The local day the task is due.

    Calendar days follow the week rule: a referral of 1 March is due on 8 March, whatever the hour.
    A task made after what it is about has happened gets its days from the day it was made.
    """
    zone = ZoneInfo(practice.time_zone)
    created = moments.created.astimezone(zone).date()
    counted = {
        "created": moments.created,
        "happens": moments.happens,
        "happened": moments.happens,
        "received": moments.received,
    }
    since = counted[definition.due.counted_from] or moments.created
    start = since.astimezone(zone).date()
    if definition.due.counted_from == "happens":
        start = max(start, created)
    if definition.due.rule == "calendar_days":
        return start + timedelta(days=definition.due.days)
    return business_days_after(start, definition.due.days, holidays=closed_days(practice, start))


def due_moment(day: date, zone: str) -> datetime:
    """The first instant at which a task due on `day` is late."""
    return end_of_local_day(day, zone)


def first_moment(definition: Definition, moments: Moments, zone: str) -> datetime:
    """When the ladder begins: at once, or the set time some days after what the task is about."""
    days = definition.start.days_after_happening
    if days is None or moments.happens is None:
        return moments.created
    local = moments.happens.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return max(
        _local(local, time.fromisoformat(definition.start.time_of_day), zone), moments.created
    )


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
    """Public holidays of the practice's place and its own closed days, from this year to the next."""
    own = frozenset(date.fromisoformat(day) for day in practice.closed_on)
    return own | _public(practice.country, practice.subdivision, start.year)


@lru_cache(maxsize=128)
def _public(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    try:
        return holidays_of(country, subdivision, (year, year + 1))
    except UnknownCalendar:
        return frozenset()


def _local(day: date, wall: time, zone: str) -> datetime:
    """A wall time as a moment; inside a clock's jump the first reading."""
    moment = datetime.combine(day, wall, tzinfo=ZoneInfo(zone))
    return moment.astimezone(ZoneInfo("UTC"))
