"""The office's week (T3.3): to the end of the seventh local day, over both changes of the clocks, or to the
minute; overdue once, with a card whatever became of the task."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import letters, referrals, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.practice import DayRule, Practice
from app.models.referral import Referral
from app.models.referral_clock import week_end
from app.models.task import Needs, Task
from app.models.user import User
from app.queries.referral_weeks import weeks
from tests.actions.test_letters import approve, mailing, office  # noqa: F401 - a fixture
from tests.actions.test_letters import receive as letters_receive
from tests.actions.test_referrals import receive, tell
from tests.conftest import Clock
from tests.task_records import kinds, utc
from tests.world import World
from workers import deadlines, referral_clocks

LOS_ANGELES = "America/Los_Angeles"


@pytest.mark.pure
@pytest.mark.parametrize(
    ("received", "rule", "ends"),
    [
        # 1 March, 3 p.m.; the clocks go forward on the 8th: 9 March, 0:00 is late
        (utc(2026, 3, 1, 23), DayRule.CALENDAR, utc(2026, 3, 9, 7)),
        (utc(2026, 3, 1, 23), DayRule.ELAPSED, utc(2026, 3, 8, 23)),
        # one minute past midnight counts as that day, one before as the day before
        (utc(2026, 3, 2, 8, 1), DayRule.CALENDAR, utc(2026, 3, 10, 7)),
        (utc(2026, 3, 2, 7, 59), DayRule.CALENDAR, utc(2026, 3, 9, 7)),
        # 26 October, 3 p.m.; the clocks go back on 1 November
        (utc(2026, 10, 26, 22), DayRule.CALENDAR, utc(2026, 11, 3, 8)),
        (utc(2026, 10, 26, 22), DayRule.ELAPSED, utc(2026, 11, 2, 22)),
    ],
)
def test_it_ends_with_the_seventh_day_or_to_the_minute(
    received: datetime, rule: DayRule, ends: datetime
) -> None:
    practice = Practice(time_zone=LOS_ANGELES, day_rule=rule)
    assert week_end(received, practice) == ends


def the_week(world: World, clock: Clock) -> object:
    return weeks(world.viewer(world.ana), at=clock.now).pcp


@pytest.mark.parametrize(
    ("told_at", "in_time"), [(utc(2026, 3, 9, 6, 59), 1), (utc(2026, 3, 9, 7), 0)]
)
def test_it_is_met_until_midnight_and_late_from_then_on(
    world: World, clock: Clock, told_at: datetime, in_time: int
) -> None:
    clock.set(utc(2026, 3, 1, 23))
    referral, _ = receive(world, clock)
    clock.set(utc(2026, 3, 10, 18))
    tell(referral, world, clock, told_at=told_at)
    found = weeks(world.viewer(world.ana), at=clock.now)
    assert (found.pcp.in_time, found.pcp.late, found.pcp.missing) == (in_time, 1 - in_time, 0)
    assert (found.patient.in_time, found.patient.missing) == (0, 1)  # another clock
    assert weeks(world.viewer(world.ben), at=clock.now).pcp.ended == 0


def test_it_is_overdue_once_and_told_to_the_lead(world: World, clock: Clock) -> None:
    clock.set(utc(2026, 3, 1, 23))
    referral, task = receive(world, clock)
    clock.set(utc(2026, 3, 9, 6, 59))
    assert referral_clocks.run() == 0
    clock.set(utc(2026, 3, 9, 13))  # six hours without a worker, over the deadline
    assert (referral_clocks.run(), referral_clocks.run()) == (1, 0)
    db.session.expire_all()
    assert referral.pcp_overdue_since == utc(2026, 3, 9, 7)
    assert kinds(referral).count("referral.pcp_overdue") == 1
    deadlines.run()
    db.session.expire_all()
    assert kinds(task).count("task.escalated") == 1
    assert task.escalated_at is not None


def test_it_makes_a_card_when_the_task_was_closed_without_telling(
    world: World, clock: Clock
) -> None:
    clock.set(utc(2026, 3, 1, 23))
    referral, task = receive(world, clock)
    with transaction():
        tasks.cancel(task, reason="Could not be reached", by=SYSTEM, at=clock.now)
    clock.set(utc(2026, 3, 9, 8))
    assert (referral_clocks.run(), referral_clocks.run()) == (1, 0)
    cards = db.session.scalars(
        select(Task).where(Task.referral_id == referral.id, Task.id != task.id)
    ).all()
    assert [(card.needs, card.is_open) for card in cards] == [(Needs.UPDATE_PCP, True)]
    assert cards[0].escalated_at is not None


def test_it_leaves_alone_what_was_told(world: World, clock: Clock) -> None:
    referral, _ = receive(world, clock)
    tell(referral, world, clock)
    clock.advance(days=10)
    assert referral_clocks.run() == 0


def test_it_goes_on_after_a_broken_one(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _ = receive(world, clock)
    other, _ = receive(world, clock)
    mark = referral_clocks.referral_clocks.mark_overdue

    def break_one(referral: Referral, *, at: datetime) -> None:
        if referral.id == broken.id:
            raise RuntimeError("broken")
        mark(referral, at=at)

    monkeypatch.setattr(referral_clocks.referral_clocks, "mark_overdue", break_one)
    clock.advance(days=10)
    assert referral_clocks.run() == 1
    db.session.expire_all()
    assert (broken.pcp_overdue_since, other.pcp_overdue_since is None) == (None, False)


def test_it_counts_from_when_it_was_received(world: World, clock: Clock) -> None:
    with transaction():
        referral = referrals.create(
            world.sam, reason="x", by=SYSTEM, at=clock.now, received_at=utc(2026, 2, 27, 18)
        )
    assert referral.week_ends_at == utc(2026, 3, 7, 8)


def test_it_counts_a_letter_that_only_left_apart(
    world: World,
    clock: Clock,
    mailing: Flask,  # noqa: F811
    sign_in: Callable[[User], FlaskClient],
) -> None:
    """Sent is not told: neither once it was opened, taken back or refused, nor for who may not see it."""
    referral = letters_receive(world, clock)
    first, second = (approve(referral, world, clock) for _ in range(2))

    def sent_only() -> int:
        db.session.rollback()
        return weeks(world.viewer(world.ana), at=clock.now).sent_only

    assert sent_only() == 0  # approved, still to leave
    with transaction():
        letters.note_sent(first, at=clock.now)
    assert (sent_only(), weeks(world.viewer(world.ben), at=clock.now).sent_only) == (1, 0)
    clock.advance(days=9)
    shown = "Sent but not opened, so not told: <strong>1</strong>"
    assert shown in sign_in(world.ana).get("/referrals").text
    assert shown not in sign_in(world.ben).get("/referrals").text
    with transaction():
        letters.fail(db.session.merge(first), "came_back", by=SYSTEM, at=clock.now)
    assert sent_only() == 0
    with transaction():
        letters.note_sent(db.session.merge(second), at=clock.now)
    assert sent_only() == 1
    with transaction():
        who = office(referral, clock)
        letters.open_letter(db.session.merge(second), by=who, at=clock.now)
    assert sent_only() == 0
