"""Texts the carrier has on record and we do not: they left after the backup this database was restored from.
Each is kept as an Event of its thread, a person is told, and a step that comes due again knows its own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select

from app.actions import handover
from app.actions.inbound_people import find_sender, thread_for
from app.core.crypto import digest
from app.core.db import db
from app.models.conversation import Conversation, ConversationKind
from app.models.event import SYSTEM, Event, record
from app.models.message import Channel, Message
from app.models.practice import Practice
from app.models.task import Task
from messaging.carriers.base import CarrierMessage
from messaging.delivery import MessageStatus

KIND = "conversation.text_found"


def keep(practice_id: UUID, text: CarrierMessage, *, at: datetime) -> bool:
    """Note that the carrier has a text nobody here knows; False when that was noted before.

    Its words stay with the carrier: only their digest is kept. Its thread waits for a person.
    """
    receiver = find_sender(practice_id, text.recipient, at=at)
    thread = thread_for(receiver.sole, receiver.number, at=at)
    if _is_noted(thread, text.provider_id):
        return False
    record(
        thread, KIND, by=SYSTEM, at=at, patient_id=thread.patient_id,
        provider_id=text.provider_id, digest=digest(text.body), sent_at=text.created_at.isoformat(),
    )  # fmt: skip
    if thread.waiting_since is None:
        thread.waiting_since, thread.snoozed_until = at, None
        record(thread, "conversation.waiting", by=SYSTEM, at=at, why="text_found")
    return True


def recognize(message: Message, task: Task, *, at: datetime) -> None:
    """A step of a task that came due again: when a text we found has its words, it left already, then.

    Only a practice that was ever restored is looked at, and only texts younger than the task.
    """
    if message.channel is not Channel.SMS or message.status is not MessageStatus.QUEUED:
        return
    practice = db.session.get_one(Practice, message.practice_id)
    if practice.restored_at is None:
        return
    for event in db.session.scalars(_noted_for(message)):
        sent_at = datetime.fromisoformat(event.facts["sent_at"])
        same = event.facts["digest"] == message.body_digest
        if same and sent_at >= task.created_at and not _is_taken(event):
            message.sent_at = sent_at
            handover.handed_over(message, at=at, provider_id=event.facts["provider_id"])
            return


def _noted_for(message: Message) -> Select[Event]:
    """What was found for the thread of the message, or for its number while nobody knew whose it was."""
    intakes = select(Conversation.id).where(
        Conversation.practice_id == message.practice_id,
        Conversation.kind.in_((ConversationKind.INTAKE, ConversationKind.REFERRAL)),
        Conversation.phone_number_id == message.phone_number_id,
    )
    return (
        select(Event)
        .where(
            Event.practice_id == message.practice_id,
            Event.subject_type == Conversation.__tablename__,
            or_(Event.subject_id == message.conversation_id, Event.subject_id.in_(intakes)),
            Event.kind == KIND,
        )
        .order_by(Event.id)
    )


def _is_noted(thread: Conversation, provider_id: str) -> bool:
    noted = select(Event.id).where(
        Event.practice_id == thread.practice_id,
        Event.subject_type == Conversation.__tablename__,
        Event.subject_id == thread.id,
        Event.kind == KIND,
        Event.facts["provider_id"].as_string() == provider_id,
    )
    return db.session.scalar(noted.limit(1)) is not None


def _is_taken(event: Event) -> bool:
    """A text is one message's only."""
    owner = select(Message.id).where(
        Message.practice_id == event.practice_id,
        Message.provider_id == event.facts["provider_id"],
    )
    return db.session.scalar(owner) is not None
