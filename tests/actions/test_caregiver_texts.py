"""The caregiver's rung texts whoever may hear, may answer and agreed to texts; nobody else is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.actions import consents, ladder, messages, protocols, related_people, task_wording, tasks
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM, Actor
from app.models.message import Message
from app.models.patient import PatientStatus, RelatedPerson
from app.models.task import Evidence, Needs, Task, TaskType
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.own_protocols import put_in_force, step
from tests.phones import Phones
from tests.task_records import kinds, texts
from tests.world import World, look_again

MEDICINE = TaskType.MEDICATION_RECEIVED
MIAS = "+15035550171"
AGAIN = {"not_yet": {"after_days": 1, "from_step": "first"}}
YES = consents.Said(ConsentHow.DESK, "May we text you about the person you help?", "es")


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


def agreed(clock: Clock, **parts: Any) -> related_people.Agreed:
    usual = related_people.Agreed(
        name="Mia Porter", relationship="daughter", language="es", may_receive=[MEDICINE.value],
        may_answer=[MEDICINE.value], authorised_by="Sam Porter, in person", phone=MIAS, texts=YES,
        from_on=clock.now.date() - timedelta(days=60),
    )  # fmt: skip
    return replace(usual, **parts)


def helper(world: World, clock: Clock, **parts: Any) -> RelatedPerson:
    with transaction():
        return related_people.add(world.sam, agreed(clock, **parts), by=SYSTEM, at=clock.now)


def asked(world: World, clock: Clock, *more: dict[str, Any]) -> Task:
    """Sam's task on a ladder that begins with the caregiver."""
    steps = [step("first", "caregiver", wait_days=1), *more]
    put_in_force(world, MEDICINE, steps=steps, **AGAIN)
    with transaction():
        return tasks.create(world.sam, MEDICINE, by=SYSTEM, at=clock.now)


def number_id(message: Message) -> UUID | None:
    e164 = select(PhoneNumber.id).where(PhoneNumber.e164 == MIAS)
    found = db.session.scalars(e164).one()
    return found if message.phone_number_id == found else None


def test_it_asks_in_the_caregivers_language_at_their_own_phone(
    world: World, clock: Clock, phones: Phones
) -> None:
    person = helper(world, clock)
    task = asked(world, clock, step("second", "lead"))
    [text] = texts(task)
    assert (text.related_person_id, text.language) == (person.id, "es")
    assert number_id(text) is not None
    assert "Usted ayuda a Sam" in text.body
    assert task.needs is None
    assert kinds(task)[-1] == "task.caregiver_asked"
    phones.deliver_all()
    answer = phones.text(MIAS, "1")
    assert answer is not None
    db.session.refresh(task)
    assert task.evidence is Evidence.CAREGIVER_CONFIRMED


def test_the_caregivers_one_means_their_own_question_and_the_patients_theirs(
    world: World, clock: Clock, phones: Phones
) -> None:
    helper(world, clock)
    theirs = asked(world, clock, step("second", "lead"))
    patients = phones.ask(world.sam, TaskType.APPOINTMENT_KEPT)
    phones.text(world.sam, "1")
    for task in (theirs, patients):
        db.session.refresh(task)
    assert (theirs.is_open, patients.evidence) == (True, Evidence.PATIENT_CONFIRMED)
    phones.text(MIAS, "1")
    db.session.refresh(theirs)
    assert theirs.evidence is Evidence.CAREGIVER_CONFIRMED


def test_a_no_is_followed_up_in_the_caregivers_language(
    world: World, clock: Clock, phones: Phones
) -> None:
    person = helper(world, clock)
    task = asked(world, clock, step("second", "lead"))
    phones.deliver_all()
    phones.text(MIAS, "2")
    why = texts(task)[-1]
    assert (why.related_person_id, why.language) == (person.id, "es")
    assert "¿Qué lo impidió?" in why.body


@pytest.mark.parametrize(
    "parts", [{"texts": None}, {"may_answer": []}, {"phone": "", "texts": None}]
)
def test_whoever_may_not_be_texted_is_called(
    world: World, clock: Clock, parts: dict[str, Any]
) -> None:
    helper(world, clock, **parts)
    task = asked(world, clock, step("second", "lead"))
    assert texts(task) == []
    assert task.needs is Needs.CALL_CAREGIVER


def test_the_last_rung_asks_for_a_call_as_well(world: World, clock: Clock) -> None:
    helper(world, clock)
    task = asked(world, clock)
    assert len(texts(task)) == 1
    assert task.needs is Needs.CALL_CAREGIVER


def test_the_caregivers_stop_is_theirs_alone(world: World, clock: Clock, phones: Phones) -> None:
    helper(world, clock)
    task = asked(world, clock, step("second", "text", "medication_received.ask"))
    [text] = texts(task)
    phones.text(MIAS, "STOP")
    db.session.refresh(text)
    assert text.status is MessageStatus.CANCELLED
    clock.set(clock.now + timedelta(days=2))
    with transaction():
        ladder.step(task, at=clock.now)
    assert texts(task)[-1].related_person_id is None
    assert texts(task)[-1].status is MessageStatus.QUEUED


@pytest.mark.parametrize("by", [SYSTEM, Actor("patient")])
def test_ending_takes_back_what_waits_and_the_patient_is_called(
    world: World, clock: Clock, by: Actor
) -> None:
    person = helper(world, clock)
    task = asked(world, clock, step("second", "lead"))
    [text] = texts(task)
    assert text.status is MessageStatus.QUEUED  # else this proves nothing
    with transaction():
        related_people.end(person, by=by, at=clock.now)
    assert text.status is MessageStatus.CANCELLED
    assert task.needs is Needs.CALL


@pytest.mark.parametrize("says_yes", [True, False])
def test_another_phone_gets_what_waits_only_with_its_own_yes(
    world: World, clock: Clock, says_yes: bool
) -> None:
    person = helper(world, clock)
    task = asked(world, clock, step("second", "lead"))
    (message,) = texts(task)
    before = number_id(message)
    more = {"phone": "+15035550172"} | ({} if says_yes else {"texts": None})
    with transaction():
        related_people.change(
            db.session.merge(person), agreed(clock, **more), by=SYSTEM, at=clock.now
        )
    db.session.expire_all()
    task, message = db.session.merge(task), db.session.merge(message)
    assert message.status is (MessageStatus.QUEUED if says_yes else MessageStatus.CANCELLED)
    assert (number_id(message) != before) is says_yes
    assert (task.needs is Needs.CALL_CAREGIVER) is not says_yes


def test_nothing_is_told_about_a_patient_who_is_not_active(world: World, clock: Clock) -> None:
    helper(world, clock)
    with transaction():
        world.sam.status = PatientStatus.HOSPICE
    task = asked(world, clock, step("second", "lead"))
    assert all(text.status is MessageStatus.WITHHELD for text in texts(task))
    assert task.needs is Needs.CALL_CAREGIVER


@pytest.mark.parametrize(("may_answer", "is_asked"), [([MEDICINE.value], False), (["all"], True)])
def test_a_caregiver_is_asked_which_matter_they_mean_only_when_all_are_theirs_to_know(
    world: World, clock: Clock, phones: Phones, may_answer: list[str], is_asked: bool
) -> None:
    helper(world, clock, may_answer=may_answer)
    for kind in (MEDICINE, TaskType.APPOINTMENT_KEPT):
        with transaction():
            task = tasks.create(world.sam, kind, by=SYSTEM, at=clock.now)
            in_the_portal(task, clock)
    phones.text(MIAS, "1")
    which = select(Message).where(Message.template_key == "clarify.which_task")
    found = db.session.scalars(which).all()
    assert [message.related_person_id is not None for message in found] == [True] * is_asked


def in_the_portal(task: Task, clock: Clock) -> None:
    """A question of the patient's that is open beside others."""
    draft = messages.Draft(
        practice_id=task.practice_id, patient=task.patient, channel="portal", body="Well?",
        purpose="care_navigation", send_key=f"by-hand:{task.id}", is_automated=True,
        task_id=task.id,
        asked=task_wording.yes_no_asked(task, protocols.definition_of(task), "en"),
    )  # fmt: skip
    messages.queue(draft, by=SYSTEM, at=clock.now)


def test_it_asks_a_caregiver_one_thing_at_a_time(
    world: World, clock: Clock, phones: Phones
) -> None:
    """Two protocols: the second waits for the first, says so, and has its turn with the answer."""
    both = [MEDICINE.value, TaskType.APPOINTMENT_KEPT.value]
    helper(world, clock, may_receive=both, may_answer=both)
    first = asked(world, clock, step("second", "lead"))
    steps = [step("first", "caregiver", wait_days=1), step("second", "lead")]
    put_in_force(world, TaskType.APPOINTMENT_KEPT, steps=steps, **AGAIN)
    with transaction():
        second = tasks.create(world.sam, TaskType.APPOINTMENT_KEPT, by=SYSTEM, at=clock.now)
    phones.deliver_all()
    assert (len(texts(first)), texts(second), second.waits_for) == (1, [], first.id)
    assert "task.step_waits" in kinds(second)
    phones.text(MIAS, "1")
    look_again()
    assert second.waits_for is None
    with transaction():
        ladder.step(db.session.merge(second), at=clock.now)
    look_again()
    [text] = texts(second)
    assert text.related_person_id is not None


def test_it_has_a_caregiver_called_when_waiting_would_take_the_day(
    world: World, clock: Clock, phones: Phones
) -> None:
    both = [MEDICINE.value, TaskType.APPOINTMENT_KEPT.value]
    helper(world, clock, may_receive=both, may_answer=both)
    asked(world, clock, step("second", "lead"))
    steps = [step("first", "caregiver", wait_days=1), step("second", "lead")]
    put_in_force(world, TaskType.APPOINTMENT_KEPT, steps=steps, **AGAIN)
    with transaction():
        today = {"due_on": clock.now.date()}
        second = tasks.create(
            world.sam, TaskType.APPOINTMENT_KEPT, by=SYSTEM, at=clock.now, **today
        )
    assert (texts(second), second.needs) == ([], Needs.CALL_CAREGIVER)
