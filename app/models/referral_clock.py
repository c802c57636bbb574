"""The week within which both clocks of a referral must have stopped: the patient in touch (team to
patient), and the referring office told (team to PCP). It runs from when the referral reached the practice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.models.practice import DayRule, Practice
from app.models.task_deadline import due_moment

DAYS = 7


def week_end(received: datetime, practice: Practice) -> datetime:
    """The first moment that is late: after the seventh calendar day, or 7 times 24 hours later."""
    if practice.day_rule is DayRule.ELAPSED:
        return received.astimezone(UTC) + timedelta(days=DAYS)
    day = received.astimezone(ZoneInfo(practice.time_zone)).date() + timedelta(days=DAYS)
    return due_moment(day, practice.time_zone)


def last_minute(ends: datetime) -> datetime:
    """The last minute of a week, for people: 11:59 pm rather than the next midnight."""
    return ends - timedelta(minutes=1)
