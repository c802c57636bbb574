"""A number that is not a patient's any more (somebody else has it now, or it was never theirs): it ends with
a date, what waits to be sent there is taken back, and whoever looks after them finds another way."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import ladder, message_route, queued_texts
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.models.contact_point import ContactPoint, NumberState
from app.models.event import Actor, record
from app.models.message import Direction, Message
from app.models.patient import Patient
from messaging.delivery import MessageStatus

NOT_THEIRS = "number_not_theirs"


def phone_of(patient: Patient, point_id: UUID) -> ContactPoint:
    """One of the patient's own or their caregiver's phones, ended or not, locked. Raises NotFound."""
    found = db.session.scalars(
        select(ContactPoint)
        .where(
            ContactPoint.practice_id == patient.practice_id,
            ContactPoint.patient_id == patient.id,
            ContactPoint.id == point_id,
            ContactPoint.phone_number_id.is_not(None),
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def end(patient: Patient, point: ContactPoint, *, by: Actor, at: datetime) -> None:
    """From now on nothing goes there, and what comes from there is not taken for theirs. Ended already =
    nothing happens."""
    if point.ended_at is not None:
        return
    point.ended_at = at
    db.session.flush()
    record(patient, "patient.number_ended", by=by, at=at, patient_id=patient.id,
           number_id=str(point.phone_number_id), why=NOT_THEIRS)  # fmt: skip
    for text in _waiting(patient, point):
        try:
            queued_texts.take_back(text, by=by, at=at)
        except Conflict:  # the outbox was quicker: it is on its way
            continue
        ladder.text_lost(text, at=at)
    number = message_route.best_number(patient)
    if number is None or number.state is not NumberState.OK:
        ladder.stop_for_patient(patient, at=at, by=by, reason=NOT_THEIRS)


def take_back(patient: Patient, point: ContactPoint, *, by: Actor, at: datetime) -> None:
    """It is theirs after all. What was taken back stays so; ladders that stopped wait for a person."""
    if point.ended_at is None:
        return
    point.ended_at = None
    record(patient, "patient.number_restored", by=by, at=at, patient_id=patient.id,
           number_id=str(point.phone_number_id))  # fmt: skip


def _waiting(patient: Patient, point: ContactPoint) -> Sequence[Message]:
    return db.session.scalars(
        select(Message)
        .where(
            Message.practice_id == patient.practice_id,
            Message.patient_id == patient.id,
            Message.phone_number_id == point.phone_number_id,
            Message.direction == Direction.OUTBOUND,
            Message.status == MessageStatus.QUEUED,
        )
        .order_by(Message.created_at, Message.id)
    ).all()
