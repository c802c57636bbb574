"""Answers that come late, change, repeat, or may have been meant for somebody else."""

from app.actions import conversations, messages, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.task import Needs, Task, TaskStatus, TaskType
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World

MEDICINE, VISIT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT


def fresh(task: Task) -> Task:
    db.session.refresh(task)
    return task


def test_it_keeps_a_late_answer_for_a_person(phones: Phones, world: World, clock: Clock) -> None:
    task = phones.ask(world.sam, MEDICINE)
    with transaction():
        tasks.cancel(fresh(task), reason="not needed", by=SYSTEM, at=clock.now)
    message = phones.text(world.sam, "1")
    assert message is not None
    assert message.understood is not None
    assert (message.understood["kind"], message.task_id) == ("late", task.id)
    assert fresh(task).status is TaskStatus.CANCELLED
    assert phones.thread(world.sam).waiting_since is not None
    assert len(phones.events("task.answered_late")) == 1


def test_it_does_not_act_on_an_answer_to_an_old_question(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    clock.advance(days=15)
    phones.text(world.sam, "1")
    assert fresh(task).is_open
    assert task.needs is Needs.REVIEW_REPLY
    assert phones.thread(world.sam).waiting_since is not None


def test_it_notices_an_answer_that_changes(phones: Phones, world: World, clock: Clock) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "yes")
    clock.advance(hours=1)
    message = phones.text(world.sam, "No, I never got it")
    assert message is not None
    assert message.understood is not None
    assert message.understood["kind"] == "contradicted"
    assert (fresh(task).status, task.needs) == (TaskStatus.IN_PROGRESS, Needs.SOLVE_BARRIER)
    assert len(phones.events("task.reopened_by_answer")) == 1  # not silently changed
    assert phones.thread(world.sam).waiting_since == clock.now
    (event,) = phones.events("task.contradicted")
    assert (event.subject_id, event.facts["key"]) == (task.id, "no")


def test_it_asks_for_review_when_a_changed_answer_finds_the_task_open(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, TaskType.REFERRAL_FOLLOW_UP)
    phones.text(world.sam, "1")
    assert fresh(task).needs is Needs.UPDATE_PCP
    clock.advance(hours=1)
    phones.text(world.sam, "2")
    assert fresh(task).is_open
    assert task.needs is Needs.REVIEW_REPLY


def test_it_takes_the_same_answer_twice_without_a_card(phones: Phones, world: World) -> None:
    phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "yes")
    message = phones.text(world.sam, "Yes!")
    assert message is not None
    assert message.understood is not None
    assert message.understood["kind"] == "repeated"
    assert phones.thread(world.sam).waiting_since is None


def test_it_leaves_a_word_that_may_answer_staff_to_staff(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    clock.advance(hours=1)
    with transaction():
        thread = conversations.thread_of(world.sam, at=clock.now)
        messages.reply(
            thread,
            channel="sms",
            body="Can you come on Thursday?",
            by=world.viewer(world.ana),
            at=clock.now,
        )
    phones.deliver_all()
    clock.advance(minutes=5)
    phones.text(world.sam, "yes")
    assert fresh(task).is_open
    assert phones.thread(world.sam).waiting_since == clock.now
    phones.text(world.sam, "1")
    assert fresh(task).status is TaskStatus.COMPLETED


def test_it_does_not_end_an_older_wait_with_a_number(
    phones: Phones, world: World, clock: Clock
) -> None:
    phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "I feel dizzy")
    began = clock.now
    clock.advance(hours=1)
    phones.text(world.sam, "1")
    assert phones.thread(world.sam).waiting_since == began


def test_it_reads_no_answer_before_the_question_has_left(phones: Phones, world: World) -> None:
    with transaction():
        task = tasks.create(world.sam, MEDICINE, by=SYSTEM, at=phones.clock.now)
    assert len(phones.outbox()) == 1  # else this proves nothing
    phones.text(world.sam, "1")
    assert fresh(task).is_open
