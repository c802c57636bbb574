"""What `flask doctor --reconcile` makes of each text: a question meets its answer, a step knows its own, a
STOP is heard, and a person is told of what nobody here can know."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.task import Task, TaskStatus
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.cli.carried import (
    carried,
    found_events,
    heard,
    restore,
    thread_of,
    times_carried,
)
from tests.conftest import Clock
from tests.task_records import climb, facts, maker, texts
from tests.world import World, look_again
from workers import deadlines, outbox, reconciler


def test_it_understands_the_answer_to_a_question_that_left_after_the_backup(
    world: World, clock: Clock, reconcile
) -> None:
    task = maker(world, clock)()
    db.session.rollback()
    (asked,) = texts(task)
    question = asked.body
    restore(clock, hours_later=3)
    carried(world, world.sam, question, clock.now - timedelta(hours=2))
    carried(world, world.sam, "1", clock.now - timedelta(hours=1), came=True)
    said = reconcile()
    assert said.exit_code == 0, said.output
    done = db.session.get_one(Task, (task.practice_id, task.id))
    assert done.status is TaskStatus.COMPLETED, (said.output, done.needs, kinds_of(heard()[0]))
    outbox.deliver_due()
    assert times_carried(question) == 1


def test_it_understands_the_answer_to_a_step_that_came_due_after_the_backup(
    world: World, clock: Clock, reconcile
) -> None:
    task = maker(world, clock)()
    outbox.deliver_due()
    look_again()
    of, reminder, reminded_at = clock.now, *_reminder(world, clock)
    clock.set(of)
    restore(clock, hours_later=(reminded_at - of).total_seconds() / 3600 + 2)
    provider_id = carried(world, world.sam, reminder, reminded_at)
    carried(world, world.sam, "1", reminded_at + timedelta(hours=1), came=True)
    said = reconcile()
    assert "     1 had left and matched" in said.output
    done = db.session.get_one(Task, (task.practice_id, task.id))
    assert done.status is TaskStatus.COMPLETED
    (row,) = (each for each in texts(task) if each.body == reminder)
    assert (row.provider_id, row.sent_at, row.created_at) == (provider_id, reminded_at, reminded_at)
    deadlines.run()
    outbox.deliver_due()
    assert times_carried(reminder) == 1
    assert found_events() == []


def _reminder(world: World, clock: Clock) -> tuple[str, datetime]:
    """The words of Sam's second text and when it is due, learnt from Tom's; moves the clock there."""
    twin = maker(world, clock)(world.tom)
    outbox.deliver_due()
    look_again()
    twin = db.session.get_one(Task, (twin.practice_id, twin.id))
    climb(twin, clock)
    return texts(twin)[-1].body.replace("Tom", "Sam"), clock.now


def test_it_knows_a_step_again_that_comes_due_later(world: World, clock: Clock, reconcile) -> None:
    task = maker(world, clock)()
    outbox.deliver_due()
    look_again()
    task = db.session.get_one(Task, (task.practice_id, task.id))
    start, reminder, reminded_at = clock.now, *_reminder(world, clock)
    clock.set(start)
    restore(clock, hours_later=(reminded_at - start).total_seconds() / 3600 - 1)
    left = clock.now - timedelta(minutes=30)  # by a faster clock than ours will be
    provider_id = carried(world, world.sam, reminder, left)
    reconcile()
    assert len(found_events()) == 1
    clock.advance(hours=3)
    deadlines.run()
    outbox.deliver_due()
    look_again()
    task = db.session.get_one(Task, (task.practice_id, task.id))
    (first, second) = texts(task)
    assert second.body == reminder
    assert (second.provider_id, second.status) == (provider_id, MessageStatus.SENT)
    assert second.sent_at == left
    assert times_carried(reminder) == 1
    assert [each["step"] for each in facts(task, "task.reminded")] == ["remind"]
    assert first.provider_id != second.provider_id


def test_it_keeps_what_it_does_not_know_and_tells_somebody(
    world: World, clock: Clock, reconcile, sign_in
) -> None:
    restore(clock)
    left = clock.now - timedelta(minutes=30)
    provider_id = carried(world, world.sam, "Words only the carrier has", left)
    said = reconcile()
    assert "     1 had left and not on record" in said.output
    (event,) = found_events()
    assert event.facts["provider_id"] == provider_id
    assert "Words only" not in str(event.facts)
    assert event.patient_id == world.sam.id
    thread = thread_of(world.sam)
    assert thread.waiting_since == clock.now
    page = sign_in(world.ana).get(f"/inbox/{thread.id}").text
    assert "that is not on record here" in page


def test_it_takes_in_what_came_in_and_heeds_a_stop(world: World, clock: Clock, reconcile) -> None:
    message = queue_to(world.sam, clock.now + timedelta(hours=5), body="See you tomorrow")
    restore(clock)
    carried(world, world.sam, "STOP", clock.now - timedelta(minutes=20), came=True)
    assert reconciler.take_in_missed() == 0  # not before what left is known too
    said = reconcile()
    assert "     1 came in and filled in" in said.output
    number = db.session.scalars(
        select(PhoneNumber).where(PhoneNumber.e164 == world.phone(world.sam))
    ).one()
    assert number.opted_out_at is not None
    clock.advance(hours=6)
    outbox.deliver_due()
    assert fresh(message).status in (MessageStatus.CANCELLED, MessageStatus.WITHHELD)
    assert times_carried("See you tomorrow") == 0


def test_it_expires_what_is_too_late_and_tells_somebody(
    world: World, clock: Clock, reconcile
) -> None:
    late = queue_to(world.sam, clock.now, body="Come at three today", is_automated=False,
                    solicited=True)  # fmt: skip
    ended = queue_to(
        world.rosa, clock.now, solicited=True, not_after=clock.now + timedelta(hours=2)
    )
    planned = queue_to(world.tom, clock.now, send_after=clock.now + timedelta(days=3))
    restore(clock, hours_later=20)
    said = reconcile()
    assert "     2 too late to be of use" in said.output
    assert fresh(late).status is fresh(ended).status is MessageStatus.EXPIRED
    assert fresh(planned).status is MessageStatus.QUEUED
    assert thread_of(world.sam).waiting_since is not None
