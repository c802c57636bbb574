"""The calendar under due days changes: what is still to come moves, once, on record; the rest stays."""

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from app.actions import due_days as story
from app.actions import practice_changes, referrals, tasks
from app.core.db import db, transaction
from app.models import task_deadline
from app.models.calendar_seen import CalendarSeen
from app.models.event import SYSTEM
from app.models.practice import Practice
from app.models.task import Task, TaskType
from tests.conftest import Clock
from tests.task_records import Create, facts, kinds, maker, utc
from tests.world import World
from workers import due_days


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    due_days.run()  # what the calendar says today is known
    return maker(world, clock)


def fresh(task: Task) -> Task:
    db.session.rollback()
    db.session.refresh(task)
    return task


def change(world: World, clock: Clock, **changes: object) -> None:
    with transaction():
        practice = db.session.get_one(Practice, world.practice.id)
        practice_changes.update(practice, by=SYSTEM, at=clock.now, **changes)  # type: ignore[arg-type]


def test_it_moves_a_due_day_behind_a_day_that_is_closed_now(
    world: World, clock: Clock, create: Create
) -> None:
    task = create()  # Tuesday: three business days end on Friday
    assert task.due_on == date(2026, 3, 6)
    change(world, clock, closed_on=["2026-03-05"])
    assert due_days.run() == 1
    assert (fresh(task).due_on, task.due_at) == (date(2026, 3, 9), utc(2026, 3, 10, 7))
    told = facts(task, "task.due_moved")
    assert [(each["was"], each["due_on"]) for each in told] == [("2026-03-06", "2026-03-09")]
    assert due_days.run() == 0
    assert kinds(fresh(task)).count("task.due_moved") == 1


def test_it_keeps_a_day_somebody_chose(world: World, clock: Clock, create: Create) -> None:
    task = create(due_on=date(2026, 3, 5))
    change(world, clock, closed_on=["2026-03-05"])
    due_days.run()
    assert fresh(task).due_on == date(2026, 3, 5)
    assert "task.due_moved" not in kinds(task)


def test_it_keeps_the_day_and_moves_the_moment_when_the_practice_changes_its_zone(
    world: World, clock: Clock, create: Create
) -> None:
    task = create(due_on=date(2026, 3, 20))
    change(world, clock, time_zone="America/New_York")
    due_days.run()
    assert (fresh(task).due_on, task.due_zone) == (date(2026, 3, 20), "America/New_York")
    assert task.due_at == utc(2026, 3, 21, 4)


def test_it_follows_a_newer_table_of_time_zones(
    world: World, clock: Clock, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table now says that clocks stay as they are in spring: midnight comes an hour later."""
    task = create(due_on=date(2026, 3, 20))
    assert task.due_at == utc(2026, 3, 21, 7)
    standard = ZoneInfo("Etc/GMT+8")

    def newer(day: date, _zone: str):
        from datetime import datetime, time

        return datetime.combine(day + timedelta(days=1), time(), tzinfo=standard)

    story._midnights.cache_clear()
    monkeypatch.setattr(story, "end_of_local_day", newer)
    monkeypatch.setattr(task_deadline, "end_of_local_day", newer)
    due_days.run()
    story._midnights.cache_clear()
    assert (fresh(task).due_on, task.due_at) == (date(2026, 3, 20), utc(2026, 3, 21, 8))
    assert kinds(task)[-1] == "task.due_moved"


def test_it_leaves_alone_what_is_overdue_closed_or_somebody_elses(
    world: World, clock: Clock, create: Create
) -> None:
    overdue, closed = create(), create(patient=world.rosa)
    with transaction():
        db.session.execute(
            update(Task).where(Task.id == overdue.id).values(overdue_since=overdue.due_at)
        )
        tasks.cancel(db.session.merge(closed), reason="A mistake", by=SYSTEM, at=clock.now)
    change(world, clock, closed_on=["2026-03-05"])
    assert due_days.run() == 0
    assert (fresh(overdue).due_on, fresh(closed).due_on) == (date(2026, 3, 6), date(2026, 3, 6))


def test_it_makes_nothing_late_that_was_in_time(world: World, clock: Clock, create: Create) -> None:
    change(world, clock, closed_on=["2026-03-04", "2026-03-05", "2026-03-06"])
    due_days.run()
    task = create()
    assert task.due_on == date(2026, 3, 11)
    clock.set(utc(2026, 3, 10, 20))
    change(world, clock, closed_on=[])
    due_days.run()
    assert fresh(task).due_on == date(2026, 3, 10)


def test_it_moves_the_offices_week_as_it_moves_the_follow_up(
    world: World, clock: Clock, create: Create
) -> None:
    task = create(type=TaskType.REFERRAL_FOLLOW_UP)
    referral = referrals.find_of(task)
    assert referral is not None
    assert referral.week_ends_at == task.due_at == utc(2026, 3, 11, 7)
    change(world, clock, time_zone="America/New_York")
    due_days.run()
    db.session.refresh(referral)
    assert referral.week_ends_at == fresh(task).due_at == utc(2026, 3, 11, 4)
    assert kinds(referral).count("referral.week_moved") == 1


def test_it_goes_on_where_it_stopped(
    world: World, clock: Clock, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [create(), create(patient=world.rosa), create(patient=world.kim)]
    monkeypatch.setattr(story, "BATCH", 2)
    change(world, clock, closed_on=["2026-03-05"])
    stopped(world, clock)
    assert [fresh(task).due_on.day for task in made] == [9, 9, 6]
    assert due_days.run() == 1
    assert [fresh(task).due_on.day for task in made] == [9, 9, 9]
    assert db.session.get_one(CalendarSeen, world.practice.id).moved == 3


def stopped(world: World, clock: Clock) -> None:
    """One batch, and then the process ends."""
    step: Callable[..., int] = story.recount
    with transaction():
        step(db.session.get_one(Practice, world.practice.id), at=clock.now)
