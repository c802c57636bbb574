"""A message given to the wrong known person: what it did to that person's tasks is taken back, to the very
step, and what people or the ladder did since stays."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.actions import (
    ladder,
    questions,
    task_changes,
    tasks,
)
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Direction, Message
from app.models.task import Evidence, Needs, TaskStatus
from messaging.delivery import MessageStatus
from tests.actions.misfiles import MEDICINE, REFERRAL, card, give, heard, two_tasks
from tests.phones import Phones
from tests.world import World


@pytest.mark.parametrize("said", ["1", "2", "3", "Maybe a little of it, I will look"])
def test_it_puts_the_wrong_task_back_and_lets_the_right_one_step(
    phones: Phones, world: World, said: str
) -> None:
    wrong, right = phones.ask(world.sam, MEDICINE), phones.ask(world.tom, MEDICINE)
    before = card(wrong)
    message = heard(phones, world.sam, said)
    moved = card(wrong)
    assert moved != before  # else this proves nothing
    give(phones, message, world.tom)
    assert card(wrong) == before
    after = card(right)
    same = ("status", "needs", "step", "occurrence", "barrier", "outcome", "evidence")
    assert {name: after[name] for name in same} == {name: moved[name] for name in same}
    assert after["from_shared_phone"] is (said == "1")
    assert (message.patient_id, message.task_id) == (world.tom.id, right.id)
    assert phones.thread(world.sam).waiting_since is None
    waits = phones.thread(world.tom).waiting_since
    assert waits == (message.created_at if said.startswith("Maybe") else None)


def test_it_goes_on_with_the_ladder_and_doubles_no_text(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    due = card(task)["next_step_at"]
    assert isinstance(due, datetime)
    phones.clock.set(due)
    with transaction():
        ladder.step(db.session.merge(task), at=phones.clock.now)
    (reminder,) = phones.outbox()
    before = card(task)
    message = heard(phones, world.sam, "1")
    db.session.refresh(reminder)
    assert reminder.status is MessageStatus.CANCELLED  # else this proves nothing
    give(phones, message, world.tom)
    assert card(task) == before
    db.session.refresh(reminder)
    assert reminder.status is MessageStatus.QUEUED
    phones.deliver_all()
    phones.clock.set(before["next_step_at"])  # type: ignore[arg-type]
    with transaction():
        ladder.step(db.session.merge(task), at=phones.clock.now)
    sent = select(Message.send_key).where(
        Message.patient_id == world.sam.id, Message.direction == Direction.OUTBOUND
    )
    keys = list(db.session.scalars(sent))
    assert len(keys) == len(set(keys)) == 2
    assert card(task)["needs"] is Needs.CALL


def test_it_answers_again_for_the_person_herself(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    give(phones, heard(phones, world.sam, "1"), world.tom)
    heard(phones, world.sam, "1")
    assert card(task)["status"] is TaskStatus.COMPLETED
    assert card(task)["evidence"] is Evidence.PATIENT_CONFIRMED
    assert card(task)["from_shared_phone"] is False


def test_it_disconnects_a_referral_nobody_confirmed(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, REFERRAL)
    before = card(task)
    message = heard(phones, world.sam, "1")
    assert card(task)["needs"] is Needs.UPDATE_PCP
    give(phones, message, world.tom)
    assert card(task) == before


def test_it_takes_back_what_it_asked_because_of_the_answer(phones: Phones, world: World) -> None:
    phones.ask(world.sam, MEDICINE)
    no = heard(phones, world.sam, "2")
    (barrier,) = phones.outbox()
    give(phones, no, world.tom)
    db.session.refresh(barrier)
    assert barrier.status is MessageStatus.CANCELLED
    later = heard(phones, world.sam, "2")
    assert later.understood is not None
    assert later.understood["key"] == "no"  # of the first question, which is open again


def test_it_reads_no_answer_to_a_question_that_left_already(phones: Phones, world: World) -> None:
    phones.ask(world.sam, MEDICINE)
    no = heard(phones, world.sam, "2")
    phones.deliver_all()
    give(phones, no, world.tom)
    open_ = questions.open_questions(
        world.practice.id, patient_ids=[world.sam.id], at=phones.clock.now
    )
    assert [(each.asked or {})["kind"] for each in open_] == ["yes_no"]


def test_it_leaves_what_people_did_since_and_has_somebody_look(
    phones: Phones, world: World
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    message = heard(phones, world.sam, "2")
    phones.clock.advance(minutes=5)
    with transaction():
        tasks.hold(db.session.merge(task), reason="Away", by=SYSTEM, at=phones.clock.now)
    give(phones, message, world.tom)
    after = card(task)
    assert (after["status"], after["needs"]) == (TaskStatus.ON_HOLD, Needs.REVIEW_REPLY)
    (event,) = phones.events("task.answer_taken_back")
    assert event.facts["became"] == "stays"


def test_it_keeps_a_ladder_that_has_asked_again_since(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    message = heard(phones, world.sam, "3")
    again = card(task)["next_step_at"]
    assert isinstance(again, datetime)
    phones.clock.set(again)
    with transaction():
        ladder.step(db.session.merge(task), at=phones.clock.now)
    phones.deliver_all()
    before = card(task)
    give(phones, message, world.tom)
    assert card(task) == before


def test_it_is_overdue_when_its_day_ended_under_the_wrong_answer(
    phones: Phones, world: World
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    message = heard(phones, world.sam, "1")
    phones.clock.set(task.due_at + timedelta(hours=1))
    give(phones, message, world.tom)
    after = card(task)
    assert (after["needs"], after["next_step_at"]) == (Needs.LEAD_DECISION, None)
    assert after["overdue_since"] == task.due_at


def test_it_takes_the_clarification_along(phones: Phones, world: World) -> None:
    medicine, visit = two_tasks(phones, world.sam)
    before = [card(medicine), card(visit)]
    heard(phones, world.sam, "1")
    phones.deliver_all()
    clarified = heard(phones, world.sam, "1")
    assert card(visit)["status"] is TaskStatus.COMPLETED
    give(phones, clarified, world.tom)
    assert [card(medicine), card(visit)] == before
    inbox = select(Message).where(Message.direction == Direction.INBOUND)
    assert {each.patient_id for each in db.session.scalars(inbox)} == {world.tom.id}
    assert phones.thread(world.sam).waiting_since is None


def test_it_lets_urgent_words_go_along(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    before = card(task)
    message = heard(phones, world.sam, "No, and I have chest pain")
    assert card(task)["priority"] == "urgent"
    give(phones, message, world.tom)
    assert card(task) == before
    assert phones.thread(world.sam).urgent_since is None
    assert phones.thread(world.tom).urgent_since == message.created_at


def test_it_restarts_nothing_by_itself(phones: Phones, world: World) -> None:
    """Somebody began the ladder anew since: that stands."""
    task = phones.ask(world.sam, MEDICINE)
    message = heard(phones, world.sam, "2")
    phones.clock.advance(minutes=5)
    with transaction():
        task_changes.restart(db.session.merge(task), by=SYSTEM, at=phones.clock.now)
    before = card(task)
    give(phones, message, world.tom)
    assert card(task)["occurrence"] == before["occurrence"]
    assert card(task)["next_step_at"] == before["next_step_at"]
