"""A patient tells us in the portal that the medicine came or the appointment was kept, before we ask. It is a
message of theirs like any other: it closes the task, takes the queued ask back, and stands in the ledger."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.actions import answer_undo, conversations, task_wording
from app.actions.answers import YES
from app.actions.inbound_effects import take_effect
from app.actions.inbound_people import Person
from app.actions.inbound_reading import Arrival, Kind, Reading
from app.actions.inbound_rows import add_once
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import Actor
from app.models.message import Channel, Direction, Message
from app.models.patient import Patient
from app.models.task import Task, TaskType

#: What a patient sees for themselves; the others need the office's or a person's word.
CONFIRMABLE = (TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT)


def may_confirm(task: Task, *, at: datetime) -> bool:
    """Nobody keeps an appointment before its hour."""
    happens = task_wording.happens_at(task)
    return task.is_open and task.type in CONFIRMABLE and (happens is None or happens <= at)


def confirm(
    patient: Patient, task: Task, words: str, *, at: datetime, send_key: str
) -> Message | None:
    """The patient says so, in these words. None when this very press was taken already.

    Raises Invalid when the task is closed or its hour is still to come.
    """
    db.session.refresh(task, with_for_update={"key_share": True})
    if not may_confirm(task, at=at):
        raise Invalid("This question is no longer open. Write to us instead.")
    thread = conversations.thread_of(patient, at=at)
    person = Person(patient, thread=thread)
    reading = Reading(Kind.CONFIRMED, person, key=YES, reason="portal", task=task)
    message = add_once(
        body=words,
        heard_at=at,
        at=at,
        channel=Channel.PORTAL,
        send_key=send_key,
        language=patient.language,
        practice_id=patient.practice_id,
        conversation_id=thread.id,
        patient_id=patient.id,
        task_id=task.id,
        understood=reading.to_json(),
    )
    if message is not None:
        take_effect(Arrival(message, thread, reading, (person,)), at=at)
    return message


def take_back(patient: Patient, task: Task, *, at: datetime) -> None:
    """It was a slip: the task stands where it stood, and its ask goes on. Raises Conflict when there is
    nothing to take back, or people have moved the work on since."""
    message = _newest(patient, task)
    found = answer_undo.effects_of(message, lock=True) if message is not None else []
    effect = next((each for each in found if each.task.id == task.id), None)
    if message is None or effect is None or effect.way is answer_undo.Way.STAYS:
        raise Conflict("We have acted on this already. Please write to us.")
    answer_undo.take_back(effect, message, by=Actor("patient", patient.id), at=at)
    message.understood = {**(message.understood or {}), "taken_back": at.isoformat()}


def is_standing(message: Message) -> bool:
    """A confirmation that was not taken back."""
    said = message.understood or {}
    return said.get("kind") == Kind.CONFIRMED and "taken_back" not in said


def _newest(patient: Patient, task: Task) -> Message | None:
    rows: Sequence[Message] = db.session.scalars(
        select(Message)
        .where(
            Message.practice_id == patient.practice_id,
            Message.patient_id == patient.id,
            Message.task_id == task.id,
            Message.direction == Direction.INBOUND,
            Message.channel == Channel.PORTAL,
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
    ).all()
    return next((row for row in rows if is_standing(row)), None)
