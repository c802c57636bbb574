"""Changes of a patient that stop things: a status other than active ends automated contact at once. What
was stopped is never replayed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.actions import ladder, patient_past
from app.core.db import db
from app.core.errors import Invalid
from app.models.event import Actor, record
from app.models.message import Direction, Message
from app.models.patient import Patient, PatientStatus
from app.models.patient_past import PatientPast
from app.models.practice import Practice
from messaging.delivery import MessageStatus


def set_status(
    patient: Patient, status: PatientStatus, *, since: date, today: date, by: Actor, at: datetime
) -> bool:
    """Give the patient a status since a day. False when nothing changes.

    Anything but active cancels what is queued and stops every ladder; the owner gets a card.
    """
    if status is PatientStatus.ENTERED_IN_ERROR:
        raise Invalid("Only taking an import back says that.", field="status")
    if since > today:
        raise Invalid("A status cannot begin in the future.", field="status_since")
    if (patient.status, patient.status_since) == (status, since):
        return False
    if status is not patient.status:
        patient_past.keep(patient, at=_held_until(patient, since, today, at=at))
    before, patient.status, patient.status_since = patient.status, status, since
    record(patient, "patient.status_changed", by=by, at=at, status=status.value,
           before=before.value, since=since.isoformat())  # fmt: skip
    if status is not PatientStatus.ACTIVE and before is PatientStatus.ACTIVE:
        cancel_queued(patient, by=by, at=at)
        ladder.stop_for_patient(patient, at=at, by=by, reason="patient_inactive")
    return True


def _held_until(patient: Patient, since: date, today: date, *, at: datetime) -> datetime:
    """Until when the status before held: the day named, unless something else changed after it."""
    if since == today:
        return at
    practice = db.session.get_one(Practice, patient.practice_id)
    begins = datetime.combine(since, time(0), ZoneInfo(practice.time_zone)).astimezone(UTC)
    later = select(PatientPast.id).where(
        PatientPast.practice_id == patient.practice_id,
        PatientPast.patient_id == patient.id,
        PatientPast.until > begins,
    )
    return at if db.session.scalar(later.limit(1)) is not None else min(at, begins)


def cancel_queued(patient: Patient, *, by: Actor, at: datetime) -> list[Message]:
    """Cancel every message to the patient that still waits. Locks them against the outbox."""
    waiting = select(Message).where(
        Message.practice_id == patient.practice_id,
        Message.patient_id == patient.id,
        Message.status == MessageStatus.QUEUED,
        Message.direction == Direction.OUTBOUND,
    )
    cancelled = [
        message
        for message in db.session.scalars(waiting.with_for_update(of=Message))
        if message.move(MessageStatus.CANCELLED, at=at)
    ]
    for message in cancelled:
        message.due_at = None
        record(message, "message.cancelled", by=by, at=at, why="patient_inactive")
    return cancelled
