"""Working due moments out again when the calendar under them changes: a newer time-zone table, another
holiday, a closed day, the practice's zone. Only time still to come moves, and each move is on record."""

import hashlib
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.actions import protocols
from app.core.columns import Row
from app.core.db import db
from app.models.calendar_seen import CalendarSeen
from app.models.event import SYSTEM, record
from app.models.practice import Practice
from app.models.referral import Referral
from app.models.referral_clock import DAYS, week_end
from app.models.task import OPEN_STATUSES, Task
from app.models.task_deadline import GIVEN, Due, Moments, closed_days, due_by, given_day
from messaging.quiet_hours import end_of_local_day

BATCH = 200


def recount(practice: Practice, *, at: datetime) -> int:
    """Bring the next BATCH of open tasks to what the calendar says now.

    Returns how many were looked at; 0 when the calendar says what it said.
    """
    seen = db.session.get(CalendarSeen, practice.id, with_for_update=True)
    says = what_it_says(practice, at=at)
    if seen is None:  # first look: due moments were worked out with this calendar
        db.session.add(CalendarSeen(practice_id=practice.id, said=says, changed_at=at))
        return 0
    if seen.said == says:
        return 0
    if seen.coming != says:
        seen.coming, seen.reached_id, seen.moved = says, None, 0
    found = _next(practice, seen.reached_id, at=at)
    seen.moved += sum(_move(task, practice, at=at) for task in found)
    if found:
        seen.reached_id = found[-1].id
    if len(found) < BATCH:
        seen.moved += sum(_move_week(each, practice, at=at) for each in _weeks(practice, at=at))
        seen.said, seen.coming, seen.reached_id, seen.changed_at = says, None, None, at
        record(cast(Row, practice), "practice.calendar_changed", by=SYSTEM, at=at, moved=seen.moved)
    return len(found)


def what_it_says(practice: Practice, *, at: datetime) -> str:
    """A digest of what due moments follow from, for this year and the next."""
    year = at.astimezone(ZoneInfo(practice.time_zone)).year
    closed = ",".join(sorted(map(str, closed_days(practice, date(year, 1, 1)))))
    said = f"{practice.time_zone};{_midnights(practice.time_zone, year)};{closed}"
    return hashlib.sha256(said.encode()).hexdigest()


@lru_cache(maxsize=64)
def _midnights(zone: str, year: int) -> str:
    """Where every day of two years ends, as seconds: a table of zones is read once per process."""
    first, days = date(year, 1, 1), (date(year + 2, 1, 1) - date(year, 1, 1)).days
    ends = (end_of_local_day(first + timedelta(days=day), zone) for day in range(days))
    told = ",".join(str(int(moment.timestamp())) for moment in ends)
    return hashlib.sha256(told.encode()).hexdigest()


def _next(practice: Practice, after: UUID | None, *, at: datetime) -> list[Task]:
    statement = select(Task).where(
        Task.practice_id == practice.id,
        Task.status.in_(OPEN_STATUSES),
        Task.overdue_since.is_(None),
        Task.due_at > at,
    )
    if after is not None:
        statement = statement.where(Task.id > after)
    return list(db.session.scalars(statement.order_by(Task.id).limit(BATCH).with_for_update()))


def _move(task: Task, practice: Practice, *, at: datetime) -> bool:
    """Nothing that was still in time becomes late by it: today at the least."""
    due = due_now(task, practice)
    if due.at <= at:
        due = given_day(at.astimezone(ZoneInfo(practice.time_zone)).date(), practice)
    if (due.day, due.at, practice.time_zone) == (task.due_on, task.due_at, task.due_zone):
        return False
    was_on, was_at = task.due_on, task.due_at
    task.due_on, task.due_at, task.due_zone = due.day, due.at, practice.time_zone
    task.updated_at = at
    record(task, "task.due_moved", by=SYSTEM, at=at, was=was_on.isoformat(),
           due_on=due.day.isoformat(), was_at=was_at.isoformat(), due_at=due.at.isoformat())  # fmt: skip
    return True


def _weeks(practice: Practice, *, at: datetime) -> list[Referral]:
    """Referrals whose week still runs."""
    running = select(Referral).where(
        Referral.practice_id == practice.id,
        Referral.received_at > at - timedelta(days=DAYS + 2),
        Referral.week_ends_at > at,
    )
    return list(db.session.scalars(running.order_by(Referral.id).with_for_update()))


def _move_week(referral: Referral, practice: Practice, *, at: datetime) -> bool:
    """As its follow-up moves; a week that runs to the minute knows no calendar."""
    was = referral.week_ends_at
    if was is None or was - referral.received_at == timedelta(days=DAYS):
        return False
    today = at.astimezone(ZoneInfo(practice.time_zone)).date()
    ends = max(week_end(referral.received_at, practice), given_day(today, practice).at)
    if ends == was:
        return False
    referral.week_ends_at = ends
    record(referral, "referral.week_moved", by=SYSTEM, at=at, was_at=was.isoformat(),
           ends_at=ends.isoformat())  # fmt: skip
    return True


def due_now(task: Task, practice: Practice) -> Due:
    """By the rule the task keeps; a day somebody gave stays that day."""
    if task.due_rule == GIVEN:
        return given_day(task.due_on, practice)
    happens = task.about.get("happens_at")
    moments = Moments(
        task.created_at,
        datetime.fromisoformat(happens) if happens else None,
        task.received_at,
    )
    return due_by(task.due_rule, protocols.definition_of(task), practice, moments)
