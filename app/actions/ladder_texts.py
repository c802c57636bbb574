"""The texts of a ladder: written from the protocol's wording in the patient's language and channel, found
again while they wait, and taken back when the ladder ends."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from app.actions import (
    found_texts,
    ladder_readers,
    message_route,
    messages,
    one_question,
    send_places,
    task_wording,
    templates,
)
from app.core.db import db
from app.core.errors import Conflict
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM, Actor
from app.models.message import Channel, Direction, Message
from app.models.patient import Patient, RelatedPerson
from app.models.practice import Practice
from app.models.protocol_definition import Definition, Step
from app.models.task import Task
from app.models.task_deadline import next_moment
from messaging.delivery import MessageStatus

_NOT_LEFT = (MessageStatus.QUEUED, MessageStatus.SENDING)
_REFUSED = (
    MessageStatus.WITHHELD,
    MessageStatus.CANCELLED,
    MessageStatus.EXPIRED,
    MessageStatus.FAILED,
)
_LOOK_AGAIN = timedelta(hours=1)


def send_key(task: Task, step_key: str) -> str:
    """One text per task, step and occurrence, however often a sweep runs."""
    return f"task:{task.id}:{step_key}:{task.occurrence}"


@dataclass(frozen=True, slots=True)
class _Question:
    """A text that asks: its wording, how its answers are named, and the open question it leaves."""

    template_key: str
    options: str
    asked: dict[str, Any]
    send_key: str
    channel: Channel
    not_after: datetime | None = None
    #: The message it answers, when it does, and the number that one came from.
    answers: Message | None = None
    number: PhoneNumber | None = None
    #: The caregiver who reads it, when it is not the patient.
    reader: RelatedPerson | None = None

    def language_for(self, patient: Patient) -> str:
        return patient.language if self.reader is None else self.reader.language


def ask(task: Task, definition: Definition, rung: Step, *, at: datetime) -> Message:
    """Write the text of a rung, with the open question it poses."""
    undated = rung.template_undated and task_wording.happens_at(task) is None
    language = task.patient.language
    question = _Question(
        template_key=str(rung.template_undated if undated else rung.template),
        options=task_wording.yes_no_options(definition, language),
        asked=task_wording.yes_no_asked(task, definition, language),
        send_key=send_key(task, rung.key),
        channel=Channel.PORTAL if rung.action == "portal" else channel_of(task.patient),
        not_after=at + timedelta(hours=rung.valid_hours),
    )
    return _queue(task, definition, question, at=at)


def ask_barrier(task: Task, definition: Definition, inbound: Message, *, at: datetime) -> Message:
    """Ask what got in the way, on the channel the no came by: an answer to what was just said.

    A no that somebody gave to this person later is no longer just said, and the phone it came from may
    not be theirs.
    """
    number = ladder_readers.number_of(task.patient, inbound.phone_number)
    reader = ladder_readers.caregiver_of(inbound) if number is not None else None
    language = task.patient.language if reader is None else reader.language
    question = _Question(
        template_key=definition.barrier.template,
        options=task_wording.barrier_options(definition, language),
        asked=task_wording.barrier_asked(task, definition, language),
        send_key=send_key(task, "barrier"),
        channel=inbound.channel,
        answers=inbound if at - inbound.created_at <= messages.JUST_NOW else None,
        number=number,
        reader=reader,
    )
    return _queue(task, definition, question, at=at)


def _queue(task: Task, definition: Definition, question: _Question, *, at: datetime) -> Message:
    practice = db.session.get_one(Practice, task.practice_id)
    patient, answers = task.patient, question.answers
    language = question.language_for(patient)
    phrase = templates.phrase_for(practice, question.template_key, language)
    values = task_wording.values_for(
        task, patient, practice, options=question.options, language=phrase.language
    )
    filled = templates.fill_in(phrase, language, values)
    draft = messages.Draft(
        practice_id=task.practice_id,
        patient=patient,
        phone_number=question.number,
        related_person_id=question.reader.id if question.reader else None,
        line=answers.line if answers else None,
        channel=question.channel,
        body=filled.body,
        language=filled.language,
        wanted_language=filled.wanted,
        purpose=definition.purpose,
        send_key=question.send_key,
        template_key=filled.key,
        template_version=filled.version,
        is_automated=True,
        solicited=answers is not None,
        not_after=question.not_after,
        task_id=task.id,
        asked=question.asked,
    )
    message = messages.queue(draft, by=SYSTEM, at=at)
    if question.answers is not None and question.reader is None:
        one_question.set_others_aside(task, at=at)
    found_texts.recognize(message, task, at=at)
    return message


def channel_of(patient: Patient) -> Channel:
    """How the patient prefers to be asked."""
    return Channel.PORTAL if patient.preferred_channel == Channel.PORTAL else Channel.SMS


def zone_of(patient: Patient) -> str:
    """One zone to plan in: the patient's where it is known, else the practice's. Whether a text may
    leave is judged again, in every zone the patient may be in."""
    zones = send_places.said_zones(patient) or send_places.zones_for(
        patient, message_route.best_number(patient)
    )
    practice = db.session.get_one(Practice, patient.practice_id)
    return zones[0] if len(zones) == 1 else practice.time_zone


def is_refused(message: Message) -> bool:
    """Whether the text will reach nobody."""
    return message.status in _REFUSED


def task_of(message: Message) -> Task | None:
    """The task an outgoing question serves."""
    if message.task_id is None or message.asked is None or message.is_inbound:
        return None
    return db.session.scalars(
        select(Task).where(Task.practice_id == message.practice_id, Task.id == message.task_id)
    ).one_or_none()


def not_left() -> tuple[ColumnElement[bool], ...]:
    """Conditions on Message: a text of a ladder that has not left yet."""
    return (
        Message.direction == Direction.OUTBOUND,
        Message.is_automated.is_(True),
        Message.status.in_(_NOT_LEFT),
    )


def unsent_of(practice_id: UUID, task_ids: Collection[UUID]) -> Select[Message]:
    """Texts of these tasks that have not left yet."""
    return select(Message).where(
        Message.practice_id == practice_id, Message.task_id.in_(task_ids), *not_left()
    )


def _unsent(task: Task) -> list[Message]:
    return list(db.session.scalars(unsent_of(task.practice_id, [task.id])))


def cancelled_at(task: Task, moment: datetime) -> list[Message]:
    """Texts of the task that were taken back just then."""
    return list(
        db.session.scalars(
            select(Message).where(
                Message.practice_id == task.practice_id,
                Message.task_id == task.id,
                Message.direction == Direction.OUTBOUND,
                Message.is_automated,
                Message.status == MessageStatus.CANCELLED,
                Message.status_at == moment,
            )
        )
    )


def questions_of(task: Task) -> list[Message]:
    """Everything the task's ladder has asked."""
    return list(
        db.session.scalars(
            select(Message).where(
                Message.practice_id == task.practice_id,
                Message.task_id == task.id,
                Message.direction == Direction.OUTBOUND,
                Message.asked.is_not(None),
            )
        )
    )


def waiting_text(task: Task) -> Message | None:
    """A text of the task that has not left yet."""
    return next(iter(_unsent(task)), None)


def after_waiting(
    task: Task, definition: Definition, waiting: Message, *, at: datetime
) -> datetime:
    """When to come back for the next rung: counted from when the waiting text leaves."""
    before = definition.steps[max(task.step - 1, 0)]
    left = max(waiting.due_at or at, at)
    return max(next_moment(before, left, zone_of(task.patient)), at + _LOOK_AGAIN)


def cancel_waiting(task: Task, *, by: Actor, at: datetime) -> int:
    """Take back every text of the task that still waits; returns how many."""
    cancelled = 0
    for message in _unsent(task):
        if message.status is not MessageStatus.QUEUED:
            continue
        try:
            messages.cancel(message, by=by, at=at)
        except Conflict:  # the outbox was quicker: it has left, and an answer to it still counts
            continue
        cancelled += 1
    return cancelled
