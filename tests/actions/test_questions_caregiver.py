"""Caregivers answer only what was agreed, while it was agreed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.actions import messages, protocols, task_wording, tasks
from app.actions.inbound_people import Person, may_answer
from app.core.db import db, transaction
from app.models.contact_point import ContactPoint
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import RelatedPerson
from app.models.task import Evidence, Needs, Task, TaskType
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World

MEDICINE, VISIT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT


def fresh(task: Task) -> Task:
    db.session.refresh(task)
    return task


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


def test_it_counts_a_caregivers_days_as_the_practice_does(
    phones: Phones, world: World, clock: Clock
) -> None:
    zone = ZoneInfo(world.practice.time_zone)
    evening = clock.set(datetime(2026, 3, 10, 18, 30, tzinfo=zone).astimezone(UTC))
    assert evening.date() == date(
        2026, 3, 11
    )  # in UTC the last day agreed is over, else this proves nothing
    with transaction():
        helper = RelatedPerson(
            practice_id=world.practice.id, patient_id=world.sam.id, name="Mia Porter",
            relationship="daughter", may_answer=["all"], authorised_by="Sam Porter",
            from_on=date(2026, 3, 1), to_on=date(2026, 3, 10),
        )  # fmt: skip
        db.session.add(helper)
    person = Person(world.sam, helper.id)
    assert may_answer(person, MEDICINE.value, world.practice, at=evening)
    assert not may_answer(person, MEDICINE.value, world.practice, at=evening + timedelta(days=1))


def points_of(number_id: UUID) -> list[ContactPoint]:
    return list(
        db.session.scalars(select(ContactPoint).where(ContactPoint.phone_number_id == number_id))
    )


def asked_by_hand(world: World, task: Task, clock: Clock) -> Message:
    """The question as it stands in the portal, when the patient has no phone of their own."""
    with transaction():
        draft = messages.Draft(
            practice_id=world.practice.id, patient=world.sam, channel="portal", body="Well?",
            purpose="care_navigation", send_key=f"by-hand:{task.id}", is_automated=True,
            task_id=task.id,
            asked=task_wording.yes_no_asked(task, protocols.definition_of(task), "en"),
        )  # fmt: skip
        return messages.queue(draft, by=SYSTEM, at=clock.now)
