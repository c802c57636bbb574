"""Several open questions: the reply is given to the one it can mean, or we ask once which."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import incoming_calls, questions
from app.core.db import db, transaction
from app.models.task import Needs, Task, TaskStatus, TaskType
from messaging.calls import CallIn
from tests.conftest import Clock
from tests.phones import Phones
from tests.task_records import texts
from tests.world import World

MEDICINE, VISIT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT


def fresh(task: Task) -> Task:
    db.session.refresh(task)
    return task


def two_tasks(phones: Phones, world: World, clock: Clock) -> tuple[Task, Task]:
    """Sam has been asked about his medicine yesterday and about a visit today, as before the rule that he is
    asked one thing at a time: such questions are still on people's phones."""
    medicine = phones.ask(world.sam, MEDICINE)
    with transaction():
        medicine.stop_ladder()
    clock.advance(days=1, hours=1)
    happened = (clock.now - timedelta(days=2)).isoformat()
    visit = phones.ask(world.sam, VISIT, about={"happens_at": happened})
    with transaction():
        for text in texts(medicine):
            text.asked = {k: v for k, v in (text.asked or {}).items() if k != "aside_since"}
    asked = questions.open_questions(world.practice.id, patient_ids=[world.sam.id], at=clock.now)
    assert {each.task_id for each in asked} == {medicine.id, visit.id}  # else this proves nothing
    return medicine, visit


def test_it_asks_once_which_task_is_meant(phones: Phones, world: World, clock: Clock) -> None:
    medicine, visit = two_tasks(phones, world, clock)
    message = phones.text(world.sam, "1")
    assert message is not None
    assert message.understood is not None
    assert message.understood["kind"] == "which_task"
    assert fresh(medicine).is_open
    assert fresh(visit).is_open
    (asked,) = phones.outbox()
    assert asked.solicited is True
    assert asked.asked is not None
    assert [option["number"] for option in asked.asked["options"]] == [1, 2]
    assert "medicine" in asked.body
    assert phones.thread(world.sam).waiting_since == clock.now


def test_a_call_between_the_two_answers_still_waits(
    phones: Phones, world: World, clock: Clock
) -> None:
    two_tasks(phones, world, clock)
    phones.text(world.sam, "1")
    phones.deliver_all()
    called = clock.advance(minutes=1)
    with transaction():
        call = CallIn(f"CA{0:032d}", world.phone(world.sam), world.line.number)
        incoming_calls.receive(world.line, call, at=called)
    clock.advance(minutes=1)
    told = phones.text(world.sam, "2")
    assert told is not None
    assert (told.understood or {})["kind"] == "clarified"
    assert phones.thread(world.sam).waiting_since == called


@pytest.mark.parametrize(("reply", "meant"), [("2", "medicine"), ("1", "visit")])
def test_it_applies_the_first_answer_once_it_knows_the_task(
    phones: Phones, world: World, clock: Clock, reply: str, meant: str
) -> None:
    medicine, visit = two_tasks(phones, world, clock)
    phones.text(world.sam, "yes")
    (asked,) = phones.outbox()
    assert asked.asked is not None
    order = [option["key"] for option in asked.asked["options"]]
    assert order == [str(visit.id), str(medicine.id)]  # the newest question first
    phones.deliver_all()
    clock.advance(minutes=5)
    message = phones.text(world.sam, reply)
    assert message is not None
    assert message.understood is not None
    assert (message.understood["kind"], message.understood["key"]) == ("clarified", "yes")
    closed, other = (medicine, visit) if meant == "medicine" else (visit, medicine)
    assert message.task_id == closed.id
    assert fresh(closed).status is TaskStatus.COMPLETED
    assert fresh(other).is_open
    assert phones.thread(world.sam).waiting_since is None


def test_it_answers_the_other_task_afterwards_without_asking_again(
    phones: Phones, world: World, clock: Clock
) -> None:
    medicine, visit = two_tasks(phones, world, clock)
    for body in ("yes", "1", "2"):
        phones.text(world.sam, body)
        phones.deliver_all()
        clock.advance(minutes=5)
    assert fresh(visit).status is TaskStatus.COMPLETED
    assert fresh(medicine).needs is Needs.SOLVE_BARRIER  # the second answer was "2": no


def test_it_gives_up_after_one_clarifying_question(
    phones: Phones, world: World, clock: Clock
) -> None:
    two_tasks(phones, world, clock)
    phones.text(world.sam, "1")
    phones.deliver_all()
    clock.advance(minutes=5)
    phones.text(world.sam, "the thing")
    assert phones.outbox() == []
    thread = phones.thread(world.sam)
    assert thread.waiting_since is not None
    assert {task.needs for task in db.session.scalars(select(Task))} == {Needs.REVIEW_REPLY}


def test_it_needs_no_question_when_the_words_fit_one_task(
    phones: Phones, world: World, clock: Clock
) -> None:
    medicine, visit = two_tasks(phones, world, clock)
    phones.text(world.sam, "I picked it up")
    assert fresh(medicine).status is TaskStatus.COMPLETED
    assert fresh(visit).is_open
