"""Which open question a reply answers, and what happens when nobody can say for sure."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import conversations, inbound, messages, questions, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import RelatedPerson
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from app.models.touchpoint import Touchpoint, TouchpointTask
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World

MEDICINE, VISIT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT


def fresh(task: Task) -> Task:
    db.session.refresh(task)
    return task


def two_tasks(phones: Phones, world: World, clock: Clock) -> tuple[Task, Task]:
    """Sam has been asked about his medicine yesterday and about a visit today."""
    medicine = phones.ask(world.sam, MEDICINE)
    clock.advance(days=1, hours=1)
    happened = (clock.now - timedelta(days=2)).isoformat()
    visit = phones.ask(world.sam, VISIT, about={"happens_at": happened})
    asked = questions.open_questions(world.practice.id, patient_ids=[world.sam.id], at=clock.now)
    assert {each.task_id for each in asked} == {medicine.id, visit.id}  # else this proves nothing
    return medicine, visit


@pytest.mark.parametrize(
    "body", ["1", "yes", "Yes thanks", "I picked it up on Tuesday", "1.", "👍"]
)
def test_it_closes_the_task_with_the_patients_word(phones: Phones, world: World, body: str) -> None:
    task = phones.ask(world.sam, MEDICINE)
    message = phones.text(world.sam, body)
    assert message is not None
    assert message.understood is not None
    assert (message.understood["kind"], message.understood["key"]) == ("answer", "yes")
    assert (fresh(task).status, task.evidence) == (
        TaskStatus.COMPLETED,
        Evidence.PATIENT_CONFIRMED,
    )
    assert phones.thread(world.sam).waiting_since is None


def test_it_links_the_ledgers_row_to_the_task(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    message = phones.text(world.sam, "1")
    assert message is not None
    row = db.session.scalars(select(Touchpoint).where(Touchpoint.message_id == message.id)).one()
    assert row.result == {"kind": "answer", "key": "yes"}
    served = select(TouchpointTask.task_id).where(TouchpointTask.touchpoint_id == row.id)
    assert db.session.scalars(served).all() == [task.id]


@pytest.mark.parametrize(
    "body", ["I don't know", "1 or 2", "yes?", "My leg hurts", "yes but the wrong one"]
)
def test_it_never_guesses(phones: Phones, world: World, body: str) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, body)
    assert fresh(task).is_open
    assert task.needs is Needs.REVIEW_REPLY
    assert phones.thread(world.sam).waiting_since is not None


def test_it_reads_spanish(phones: Phones, world: World) -> None:
    task = phones.ask(world.rosa, MEDICINE)
    phones.text(world.rosa, "Sí, ya lo recogí")
    assert fresh(task).status is TaskStatus.COMPLETED


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


def test_it_reads_the_answer_to_what_got_in_the_way(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "no")
    assert fresh(task).needs is Needs.SOLVE_BARRIER
    phones.deliver_all()
    clock.advance(minutes=1)
    message = phones.text(world.sam, "3")
    assert message is not None
    assert fresh(task).barrier == "transport"
    assert phones.thread(world.sam).waiting_since is None


def test_it_takes_a_yes_after_not_yet(phones: Phones, world: World, clock: Clock) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "3")
    assert fresh(task).is_open
    clock.advance(hours=3)
    phones.text(world.sam, "yes")
    assert fresh(task).status is TaskStatus.COMPLETED


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
    assert fresh(task).status is TaskStatus.COMPLETED  # not silently changed
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


def test_it_believes_a_caregiver_only_as_far_as_agreed(
    phones: Phones, world: World, clock: Clock
) -> None:
    with transaction():
        helper = RelatedPerson(
            practice_id=world.practice.id, patient_id=world.sam.id, name="Mia Porter",
            relationship="daughter", may_answer=[MEDICINE.value], authorised_by="Sam Porter",
            from_on=clock.now.date(),
        )  # fmt: skip
        db.session.add(helper)
        number = world.number(world.sam)
        point = next(p for p in points_of(number.id) if p.patient_id == world.sam.id)
        point.related_person_id = helper.id
        may = tasks.create(world.sam, MEDICINE, by=SYSTEM, at=clock.now, source_key="a")
    question = asked_by_hand(world, may, clock)
    assert question.asked is not None  # else this proves nothing
    message = phones.text(number.e164, "1")
    assert message is not None
    assert message.related_person_id == helper.id
    assert fresh(may).evidence is Evidence.CAREGIVER_CONFIRMED
    with transaction():
        may_not = tasks.create(world.sam, VISIT, by=SYSTEM, at=clock.now, source_key="b")
    asked_by_hand(world, may_not, clock)
    phones.text(number.e164, "1")
    assert fresh(may_not).is_open
    assert may_not.needs is Needs.REVIEW_REPLY


def points_of(number_id: object) -> list[object]:
    from app.models.contact_point import ContactPoint

    return list(
        db.session.scalars(select(ContactPoint).where(ContactPoint.phone_number_id == number_id))
    )


def asked_by_hand(world: World, task: Task, clock: Clock) -> Message:
    """The question as it stands in the portal, when the patient has no phone of their own."""
    from app.actions import protocols, task_wording

    with transaction():
        draft = messages.Draft(
            practice_id=world.practice.id, patient=world.sam, channel="portal", body="Well?",
            purpose="care_navigation", send_key=f"by-hand:{task.id}", is_automated=True,
            task_id=task.id,
            asked=task_wording.yes_no_asked(task, protocols.definition_of(task), "en"),
        )  # fmt: skip
        return messages.queue(draft, by=SYSTEM, at=clock.now)


def test_it_answers_in_the_portal_as_by_text(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    with transaction():
        inbound.receive_portal(world.sam, "not yet", at=phones.clock.now)
    assert fresh(task).is_open
    assert task.next_step_at is not None
