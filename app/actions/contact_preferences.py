"""What staff write down about how a patient wants to be contacted. Running ladders follow it from their next
rung on; texts that still wait and are not for them any more are taken back."""

from datetime import datetime

from sqlalchemy import select

from app.actions import ladder_texts, patients
from app.actions.ladder_stops import open_tasks
from app.core.db import db
from app.core.errors import Invalid
from app.models.contact_preference import FLAGS, TIMES, Preferences
from app.models.event import Actor, record
from app.models.message import Direction, Message
from app.models.patient import Patient
from messaging.delivery import MessageStatus


def change(
    patient: Patient,
    wanted: Preferences,
    *,
    language: str,
    channel: str,
    by: Actor,
    at: datetime,
) -> bool:
    """Keep the preferences, language and channel; False when nothing changes.

    Raises Invalid for a time of day or a channel nobody knows.
    """
    if wanted.best_time not in TIMES:
        raise Invalid("Choose one of the times shown.", field="best_time")
    before = Preferences.of(patient.preferences)
    fields = patients.update(patient, by=by, at=at, language=language, preferred_channel=channel)
    if wanted == before:
        return bool(fields)
    values = {name: getattr(wanted, name) for name in (*FLAGS, "best_time")}
    patient.preferences = {**patient.preferences, **values}
    changed = {name: value for name, value in values.items() if value != getattr(before, name)}
    record(patient, "patient.preferences_changed", by=by, at=at, **changed)
    if wanted.call_only and not before.call_only:
        take_back_questions(patient, by=by, at=at)
    return True


def take_back_questions(patient: Patient, *, by: Actor, at: datetime) -> None:
    """Questions that have not left will not: each ladder goes on at once, with what is possible."""
    asked = set(
        db.session.scalars(
            select(Message.task_id).where(
                Message.practice_id == patient.practice_id,
                Message.patient_id == patient.id,
                Message.direction == Direction.OUTBOUND,
                Message.status == MessageStatus.QUEUED,
                Message.is_automated,
                Message.task_id.is_not(None),
            )
        )
    )
    for task in open_tasks(patient.practice_id, [patient.id]):
        if task.id in asked and task.next_step_at is not None:
            ladder_texts.cancel_waiting(task, by=by, at=at)
            task.next_step_at = at
