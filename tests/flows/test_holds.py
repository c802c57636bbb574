"""What is on hold is left alone: nobody is texted, what comes meanwhile waits for a person, and its day wakes
it."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import referral_clocks, referral_steps, referrals, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.referral import Referral
from app.models.referral_state import ReferralStatus
from app.models.task import Needs, Task, TaskStatus, TaskType
from app.models.user import User
from tests.conftest import Clock
from tests.flows.story import Story
from tests.world import World, look_again
from workers import holds

SignIn = Callable[[User], FlaskClient]


def held(story: Story, world: World, clock: Clock) -> tuple[Referral, Task]:
    """A referral whose first question left, on hold for a week."""
    with transaction():
        referral = referrals.create(world.sam, reason="Falls", by=SYSTEM, at=clock.now)
        referral_steps.accept(referral, by=SYSTEM, at=clock.now)
    story.work()
    with transaction():
        until = (clock.now + timedelta(days=7)).date()
        referral_steps.hold(referral, "In hospital", by=SYSTEM, at=clock.now, until=until)
    return referral, db.session.scalars(select(Task)).one()


def test_it_texts_nobody_about_a_held_referral_and_goes_on_when_its_day_comes(
    story: Story, world: World, clock: Clock, sign_in: SignIn
) -> None:
    referral, task = held(story, world, clock)
    before = len(story.phone(world.sam))
    page = sign_in(world.ana).get(f"/referrals/{referral.id}").text
    assert "It goes on by itself" in page
    assert "Go on" in page
    clock.set(referral.wakes_at - timedelta(minutes=1))  # type: ignore[operator]
    story.work()
    assert holds.run() == 0
    assert len(story.phone(world.sam)) == before
    clock.advance(minutes=1)
    assert holds.run() == 1
    assert holds.run() == 0
    story.wait(days=1)
    look_again()
    db.session.refresh(referral)
    db.session.refresh(task)
    assert (referral.status, referral.wakes_at) == (ReferralStatus.IN_PROGRESS, None)
    assert task.status is TaskStatus.IN_PROGRESS
    assert "referral.woken" in db.session.scalars(select(Event.kind)).all()
    assert "task.resumed" in story.kinds(task)


def test_it_keeps_an_answer_that_comes_meanwhile_for_a_person(
    story: Story, world: World, clock: Clock, sign_in: SignIn
) -> None:
    referral, task = held(story, world, clock)
    story.text(world.sam, "1")
    db.session.refresh(referral)
    db.session.refresh(task)
    assert (referral.status, referral.connected_at) == (ReferralStatus.ON_HOLD, None)
    assert (task.status, task.needs) == (TaskStatus.ON_HOLD, Needs.REVIEW_REPLY)
    assert "They answered while this is on hold" in sign_in(world.ana).get(f"/tasks/{task.id}").text
    with transaction():
        referral_steps.resume(referral, by=SYSTEM, at=clock.now)
    assert (task.status, task.needs) == (TaskStatus.IN_PROGRESS, Needs.REVIEW_REPLY)


def test_it_has_the_office_told_while_the_patients_part_waits(
    story: Story, world: World, clock: Clock
) -> None:
    referral, task = held(story, world, clock)
    assert referral.week_ends_at is not None
    clock.set(referral.week_ends_at)
    with transaction():
        referral_clocks.mark_overdue(referral, at=clock.now)
    tell = db.session.scalars(select(Task).where(Task.id != task.id)).one()
    assert (tell.needs, tell.escalated_at) == (Needs.UPDATE_PCP, clock.now)
    assert task.status is TaskStatus.ON_HOLD


def test_it_leaves_a_task_that_was_held_for_a_reason_of_its_own(
    story: Story, world: World, clock: Clock
) -> None:
    with transaction():
        referral = referrals.create(world.sam, reason="Falls", by=SYSTEM, at=clock.now)
        referral_steps.accept(referral, by=SYSTEM, at=clock.now)
        task = db.session.scalars(select(Task)).one()
        tasks.hold(task, reason="Travelling", by=SYSTEM, at=clock.now)
        referral_steps.hold(referral, "In hospital", by=SYSTEM, at=clock.now)
        referral_steps.resume(referral, by=SYSTEM, at=clock.now)
    assert (task.status, task.status_reason) == (TaskStatus.ON_HOLD, "Travelling")


def test_it_wakes_a_task_on_its_day_and_lets_a_lead_decide_when_its_own_is_over(
    story: Story, world: World, clock: Clock, sign_in: SignIn
) -> None:
    early = story.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    ana = sign_in(world.ana)
    form = {"reason": "In hospital", "until": clock.now.date().isoformat()}
    assert ana.post(f"/tasks/{early.id}/hold", data=form).status_code == 422
    form["until"] = (early.due_on + timedelta(days=1)).isoformat()
    assert 'value="' in ana.get(f"/tasks/{early.id}/hold/new").text
    assert ana.post(f"/tasks/{early.id}/hold", data=form).status_code == 303
    look_again()
    assert "It goes on by itself" in ana.get(f"/tasks/{early.id}").text
    clock.set(early.due_at + timedelta(days=1))
    assert holds.run() == 1
    db.session.rollback()
    db.session.refresh(early)
    assert (early.status, early.needs) == (TaskStatus.IN_PROGRESS, Needs.LEAD_DECISION)
    assert "task.woken" in story.kinds(early)
