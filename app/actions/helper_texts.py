"""What waits to be said to somebody around a patient when the agreement or their phone changes: it goes to
the phone they have now if they said yes to texts there, else they are called. Consent never moves along."""

from datetime import datetime

from sqlalchemy import select

from app.actions import (
    caregiver_texts,
    consent_state,
    ladder,
    messages,
    queued_texts,
    rung_reasons,
)
from app.actions.ladder_stops import open_tasks
from app.core.db import db
from app.models.contact_point import NumberState, PhoneNumber
from app.models.event import Actor, record
from app.models.message import Direction, Message
from app.models.patient import RelatedPerson
from app.models.task import Needs, Task
from messaging.delivery import MessageStatus


def let_go(person: RelatedPerson, *, by: Actor, at: datetime) -> None:
    """What was planned with this person and is no longer agreed, or waits for a phone they no longer have:
    it goes to the new one, or a person calls instead."""
    db.session.flush()
    number = caregiver_texts.number_of(person)
    for message, task in _waiting_for(person):
        hears = person.ended_at is None and person.may_hear_about(task.type.value)
        stays = hears and number is not None and message.phone_number_id == number.id
        if stays or message.status is not MessageStatus.QUEUED:
            continue
        if hears and number is not None and _may_be_texted(number):
            if queued_texts.send_elsewhere(message, number, at=at):
                record(message, "message.redirected", by=by, at=at, number_id=str(number.id))
            continue
        messages.cancel(message, by=by, at=at)
        ladder.text_lost(message, at=at)
    for task in open_tasks(person.practice_id, [person.patient_id]):
        if task.needs is Needs.CALL_CAREGIVER and rung_reasons.caregiver_for(task, at=at) is None:
            task.need(Needs.CALL, at=at)
            record(task, "task.call_due", by=by, at=at, instead_of="caregiver")


def _may_be_texted(number: PhoneNumber) -> bool:
    said_yes = consent_state.current(None, number)[0] == consent_state.GIVEN
    return said_yes and number.state is NumberState.OK and number.opted_out_at is None


def _waiting_for(person: RelatedPerson) -> list[tuple[Message, Task]]:
    """Questions to this person that have not left, with their tasks; locked against the outbox."""
    rows = db.session.execute(
        select(Message, Task)
        .join(Task, (Task.practice_id == Message.practice_id) & (Task.id == Message.task_id))
        .where(
            Message.practice_id == person.practice_id,
            Message.patient_id == person.patient_id,
            Message.related_person_id == person.id,
            Message.direction == Direction.OUTBOUND,
            Message.status == MessageStatus.QUEUED,
        )
        .with_for_update(of=Message)
    )
    return [(message, task) for message, task in rows]
