"""Two protocols never leave one person with two open questions: one waits, says for whom and until when,
and has its turn with the answer; also when both come at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.actions import ladder, questions, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Needs, Task, TaskType
from app.models.user import User
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.phones import Phones
from tests.task_records import Create, climb, facts, maker, texts
from tests.world import World, look_again
from workers import deadlines

MEDICINE, VISIT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT
ROUNDS = 6


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def open_now(world: World, patient: Patient, clock: Clock) -> list[Message]:
    """The questions a reply is read against."""
    asked = questions.asked_lately(world.practice.id, [patient.id], at=clock.now)
    return [each.message for each in questions.live_among(asked, at=clock.now)]


def test_it_waits_and_says_for_whom_and_until_when(
    create: Create, world: World, sign_in: Callable[[User], FlaskClient], clock: Clock
) -> None:
    first, second = create(), create(type=VISIT)
    assert texts(second) == []
    assert first.next_step_at is not None
    until = first.next_step_at + timedelta(minutes=5)
    assert (second.waits_for, second.next_step_at) == (first.id, until)
    [said] = facts(second, "task.step_waits")
    assert (said["other"], said["until"]) == ("medication_received", until.isoformat())
    page = sign_in(world.ana).get(f"/tasks/{second.id}").text
    assert "They still have an open question about “medication”" in page
    assert "Waits: another question is still open" in page


def test_it_says_so_once_however_long_it_waits(
    create: Create, clock: Clock, phones: Phones
) -> None:
    first, second = create(), create(type=VISIT)
    phones.deliver_all()
    climb(first, clock)  # reminded: its wait goes on
    climb(second, clock)
    assert second.waits_for == first.id
    assert len(facts(second, "task.step_waits")) == 1


def test_it_has_its_turn_with_the_answer(
    create: Create, world: World, clock: Clock, phones: Phones
) -> None:
    first, second = create(), create(type=VISIT)
    phones.deliver_all()
    clock.advance(minutes=10)
    phones.text(world.sam, "1")
    look_again()
    assert (second.waits_for, second.next_step_at) == (None, clock.now)
    assert first.outcome == "received"
    deadlines.run()
    look_again()
    assert len(texts(second)) == 1


def test_it_goes_on_waiting_for_what_got_in_the_way(
    create: Create, world: World, clock: Clock, phones: Phones
) -> None:
    first, second = create(), create(type=VISIT)
    phones.deliver_all()
    phones.text(world.sam, "2")
    deadlines.run()
    look_again()
    assert (first.needs, second.waits_for) == (Needs.SOLVE_BARRIER, first.id)
    assert texts(second) == []


def test_it_asks_when_the_other_has_given_up_and_sets_its_question_aside(
    create: Create, world: World, clock: Clock, phones: Phones
) -> None:
    first, second = create(), create(type=VISIT)
    phones.deliver_all()
    climb(first, clock)
    phones.deliver_all()
    climb(first, clock)
    assert first.needs is Needs.CALL
    climb(second, clock)
    phones.deliver_all()
    look_again()
    assert [each.task_id for each in open_now(world, world.sam, clock)] == [second.id]
    phones.text(world.sam, "1")
    look_again()
    assert (first.is_open, second.outcome) == (True, "kept")


def test_it_leaves_the_text_out_when_the_day_would_be_over(
    create: Create, world: World, clock: Clock
) -> None:
    create()
    second = create(type=VISIT, due_on=clock.now.date())
    assert facts(second, "task.step_skipped")[0]["reason"] == "question_open"
    assert second.needs is Needs.CALL


def test_it_does_not_wait_for_another_person_of_the_same_phone(
    create: Create, world: World
) -> None:
    create(world.kim)
    assert len(texts(create(world.lee))) == 1


def test_it_does_not_wait_for_a_question_of_a_task_on_hold(
    create: Create, world: World, clock: Clock
) -> None:
    first, second = create(), create(type=VISIT)
    assert second.waits_for == first.id  # else this proves nothing
    with transaction():
        tasks.hold(first, reason="Travelling", by=SYSTEM, at=clock.now)
    with transaction():
        ladder.step(second, at=clock.now)
    assert len(texts(second)) == 1


def together(*works: Callable[[], object]) -> None:
    """Run all of them at the same moment."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        work()

    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(run, works))


def test_it_leaves_one_open_question_when_two_protocols_ask_at_the_same_moment(
    app: Flask, world: World, clock: Clock
) -> None:
    key = (world.practice.id, world.sam.id)

    def create(kind: TaskType) -> Callable[[], None]:
        def work() -> None:
            with app.app_context(), transaction():
                sam = db.session.get_one(Patient, key)
                tasks.create(sam, kind, by=SYSTEM, at=clock.now)

        return work

    for _ in range(ROUNDS):
        together(create(MEDICINE), create(VISIT), create(TaskType.NO_SHOW))
        look_again()
        made = db.session.scalars(select(Task).where(Task.patient_id == key[1])).all()
        open_ones = [task for task in made if task.is_open]
        assert len(open_ones) == 3
        assert [len(texts(task)) for task in open_ones].count(1) == 1
        with transaction():
            db.session.execute(update(Message).values(status=MessageStatus.CANCELLED))
            for task in open_ones:
                tasks.cancel(task, reason="next round", by=SYSTEM, at=clock.now)
