"""A number that is not a patient's any more (somebody else has it now, or it was never theirs): it ends with
a date, what waits to be sent there is taken back, and whoever looks after them finds another way. Where they
have another number, what waits goes there."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select

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
    point.ended_at = point.not_theirs_at = at
    db.session.flush()
    record(patient, "patient.number_ended", by=by, at=at, patient_id=patient.id,
           number_id=str(point.phone_number_id), why=NOT_THEIRS)  # fmt: skip
    for text in _waiting(patient, Message.phone_number_id == point.phone_number_id):
        _take_back(text, by=by, at=at)
    _stop_without_number(patient, by=by, at=at)


def follow(patient: Patient, *, by: Actor, at: datetime) -> None:
    """Their phone was replaced or taken away: what waits for a number that is not theirs any more goes to the
    one they have now, and the gate is asked about it there. Without one it is taken back, as is an answer to
    what somebody has just said from the old one."""
    db.session.flush()
    number = message_route.best_number(patient)
    works = number is not None and number.state is NumberState.OK
    own = Message.related_person_id.is_(None)  # a caregiver's goes to no phone but theirs
    for text in _waiting(patient, ~_is_theirs(), own, Message.confirms_opt_out.is_(False)):
        if number is None or not works or text.solicited:
            _take_back(text, by=by, at=at)
        elif queued_texts.send_elsewhere(text, number, at=at):
            record(text, "message.redirected", by=by, at=at, number_id=str(number.id))
    _stop_without_number(patient, by=by, at=at)


def take_back(patient: Patient, point: ContactPoint, *, by: Actor, at: datetime) -> None:
    """It is theirs after all. What was taken back stays so; ladders that stopped wait for a person."""
    if point.ended_at is None:
        return
    point.ended_at = point.not_theirs_at = None
    record(patient, "patient.number_restored", by=by, at=at, patient_id=patient.id,
           number_id=str(point.phone_number_id))  # fmt: skip


def _take_back(text: Message, *, by: Actor, at: datetime) -> None:
    try:
        queued_texts.take_back(text, by=by, at=at)
    except Conflict:  # the outbox was quicker: the gate is asked once more before it leaves
        return
    ladder.text_lost(text, at=at)


def _stop_without_number(patient: Patient, *, by: Actor, at: datetime) -> None:
    number = message_route.best_number(patient)
    if number is None or number.state is not NumberState.OK:
        ladder.stop_for_patient(patient, at=at, by=by, reason=NOT_THEIRS)


def _is_theirs() -> ColumnElement[bool]:
    """The patient, or somebody who speaks for them, has the number the text goes to."""
    return exists().where(
        ContactPoint.practice_id == Message.practice_id,
        ContactPoint.patient_id == Message.patient_id,
        ContactPoint.phone_number_id == Message.phone_number_id,
        ContactPoint.ended_at.is_(None),
    )


def _waiting(patient: Patient, *which: ColumnElement[bool]) -> Sequence[Message]:
    return db.session.scalars(
        select(Message)
        .where(
            Message.practice_id == patient.practice_id,
            Message.patient_id == patient.id,
            Message.phone_number_id.is_not(None),
            *which,
            Message.direction == Direction.OUTBOUND,
            Message.status == MessageStatus.QUEUED,
        )
        .order_by(Message.created_at, Message.id)
    ).all()
