"""Which way a message goes: the thread it belongs to, the number it is sent to, the line it leaves from."""

from datetime import datetime

from sqlalchemy import case, select

from app.actions import conversations
from app.core.db import db
from app.core.errors import Invalid
from app.models.contact_point import ContactPoint, ContactSystem, NumberState, PhoneNumber
from app.models.conversation import Conversation
from app.models.message import Channel, Message
from app.models.patient import Patient
from app.models.practice import Line


def thread_for(
    patient: Patient | None, number: PhoneNumber | None, *, at: datetime
) -> Conversation:
    """The patient's one thread, or the intake thread of a number nobody is known for.

    Raises Invalid when there is neither.
    """
    if patient is not None:
        return conversations.thread_of(patient, at=at)
    if number is not None:
        return conversations.intake_of(number, at=at)
    raise Invalid("Choose who the message is for.", field="patient_id")


def best_number(patient: Patient, *, heard_from: PhoneNumber | None = None) -> PhoneNumber | None:
    """The patient's own number to text: one that works, best rank first; None without any.

    `heard_from` wins while it is still one of theirs and works: an answer goes where the question
    came from.
    """
    works_first = case((PhoneNumber.state == NumberState.OK, 0), else_=1)
    numbers = db.session.scalars(
        select(PhoneNumber)
        .join(
            ContactPoint,
            (ContactPoint.practice_id == PhoneNumber.practice_id)
            & (ContactPoint.phone_number_id == PhoneNumber.id),
        )
        .where(
            ContactPoint.practice_id == patient.practice_id,
            ContactPoint.patient_id == patient.id,
            ContactPoint.related_person_id.is_(None),
            ContactPoint.system == ContactSystem.PHONE,
            ContactPoint.ended_at.is_(None),
        )
        .order_by(works_first, ContactPoint.rank, ContactPoint.created_at, ContactPoint.id)
    ).all()
    same = [n for n in numbers if heard_from is not None and n.id == heard_from.id]
    if same and same[0].state is NumberState.OK:
        return same[0]
    return numbers[0] if numbers else None


def line_for(conversation: Conversation) -> Line | None:
    """The active line this thread last used, else the practice's first active line."""
    lines = db.session.scalars(
        select(Line)
        .where(Line.practice_id == conversation.practice_id, Line.is_active)
        .order_by(Line.created_at, Line.id)
    ).all()
    if len(lines) < 2:
        return lines[0] if lines else None
    used = db.session.scalar(
        select(Message.line_id)
        .where(
            Message.practice_id == conversation.practice_id,
            Message.conversation_id == conversation.id,
            Message.channel == Channel.SMS,
            Message.line_id.is_not(None),
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
    )
    return next((line for line in lines if line.id == used), lines[0])
