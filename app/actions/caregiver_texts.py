"""The text of a caregiver's rung: to somebody who may hear and answer about the task and said yes to texts,
at their own number, in their own language, through the same gate. Whoever may not be texted is called."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.actions import (
    consent_state,
    ladder_texts,
    messages,
    one_question,
    rung_reasons,
    task_wording,
    templates,
)
from app.core.db import db
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import RelatedPerson
from app.models.practice import Practice
from app.models.protocol_definition import Definition, Step
from app.models.task import Task
from messaging.errors import WordingError


def template_of(task: Task) -> str:
    return f"{task.type.value}.caregiver"


def to_text(
    task: Task, definition: Definition, *, at: datetime
) -> tuple[RelatedPerson, PhoneNumber] | None:
    """The caregiver who may be texted now, and where; None when a person has to call."""
    person = rung_reasons.caregiver_for(task, at=at)
    number = _number_to_text(person, definition) if person is not None else None
    if person is None or number is None or not person.may_answer_about(task.type.value):
        return None
    return person, number


def ask(task: Task, definition: Definition, rung: Step, *, at: datetime) -> Message | None:
    """Write the question to the caregiver; None when nobody may be texted and a person has to call."""
    found = to_text(task, definition, at=at)
    if found is None:
        return None
    person, number = found
    practice = db.session.get_one(Practice, task.practice_id)
    options = task_wording.yes_no_options(definition, person.language)
    values = task_wording.values_for(
        task, task.patient, practice, options=options, language=person.language
    )
    try:
        filled = templates.fill(practice, template_of(task), person.language, values)
    except WordingError:
        return None
    draft = messages.Draft(
        practice_id=task.practice_id, patient=task.patient, related_person_id=person.id,
        phone_number=number, body=filled.body, language=filled.language,
        wanted_language=filled.wanted, purpose=definition.purpose,
        send_key=ladder_texts.send_key(task, rung.key), template_key=filled.key,
        template_version=filled.version, is_automated=True, task_id=task.id,
        asked=task_wording.yes_no_asked(task, definition, person.language),
        not_after=_useful_until(person, practice, at + timedelta(hours=rung.valid_hours)),
    )  # fmt: skip
    message = messages.queue(draft, by=SYSTEM, at=at)
    if ladder_texts.is_refused(message):
        return None
    one_question.set_others_aside(task, at=at, caregiver=person)
    return message


def number_of(person: RelatedPerson) -> PhoneNumber | None:
    """The phone they have now."""
    return db.session.scalars(
        select(PhoneNumber)
        .join(ContactPoint, (ContactPoint.practice_id == PhoneNumber.practice_id)
              & (ContactPoint.phone_number_id == PhoneNumber.id))
        .where(
            ContactPoint.practice_id == person.practice_id,
            ContactPoint.related_person_id == person.id,
            ContactPoint.ended_at.is_(None),
        )
        .order_by(ContactPoint.rank, ContactPoint.created_at, ContactPoint.id)
        .limit(1)
    ).one_or_none()  # fmt: skip


def _number_to_text(person: RelatedPerson, definition: Definition) -> PhoneNumber | None:
    """The caregiver's phone, when the caregiver's own yes to texts stands for it."""
    number = number_of(person)
    if number is None:
        return None
    said, _ = consent_state.current(None, number, purpose=definition.purpose)
    return number if said == consent_state.GIVEN else None


def _useful_until(person: RelatedPerson, practice: Practice, until: datetime) -> datetime:
    """No longer than what was agreed holds: it ends with its last day in the practice's zone."""
    if person.to_on is None:
        return until
    zone = ZoneInfo(practice.time_zone)
    ends = datetime.combine(person.to_on + timedelta(days=1), time(0), zone)
    return min(until, ends.astimezone(until.tzinfo))
