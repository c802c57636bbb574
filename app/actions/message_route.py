"""Which way a message goes: the thread it belongs to, the number it is sent to, the line it leaves from."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Result, bindparam, case, func, select

from app.actions import conversations
from app.core.db import db
from app.core.errors import Invalid
from app.models.contact_point import ContactPoint, ContactSystem, NumberState, PhoneNumber
from app.models.conversation import Conversation, ConversationKind
from app.models.message import Channel, Message
from app.models.patient import Patient
from app.models.practice import Line


def thread_for(
    patient: Patient | None, number: PhoneNumber | None, *, at: datetime
) -> Conversation:
    """The patient's one thread, or that of a number that is no patient's: its office's, or an intake.

    Raises Invalid when there is neither.
    """
    if patient is not None:
        return conversations.thread_of(patient, at=at)
    if number is not None:
        return conversations.of_number(number, at=at)
    raise Invalid("Choose who the message is for.", field="patient_id")


def best_number(patient: Patient, *, heard_from: UUID | None = None) -> PhoneNumber | None:
    """The patient's own number to text: one that works, best rank first; None without any.

    `heard_from` wins while it is still one of theirs and works: an answer goes where the question
    came from.
    """
    numbers = [number for _, number in _numbers(patient.practice_id, [patient.id])]
    same = [n for n in numbers if n.id == heard_from]
    if same and same[0].state is NumberState.OK:
        return same[0]
    return numbers[0] if numbers else None


def best_numbers(practice_id: UUID, patient_ids: Collection[UUID]) -> dict[UUID, PhoneNumber]:
    """The same for many patients in one statement; those without a number are left out."""
    best: dict[UUID, PhoneNumber] = {}
    for patient_id, number in _numbers(practice_id, patient_ids):
        best.setdefault(patient_id, number)
    return best


#: (patient, number), those that work first. Built once: it runs for every text that is written.
_NUMBERS = (
    select(ContactPoint.patient_id, PhoneNumber)
    .join(
        ContactPoint,
        (ContactPoint.practice_id == PhoneNumber.practice_id)
        & (ContactPoint.phone_number_id == PhoneNumber.id),
    )
    .where(
        ContactPoint.practice_id == bindparam("practice_id"),
        ContactPoint.patient_id.in_(bindparam("patient_ids", expanding=True)),
        ContactPoint.related_person_id.is_(None),
        ContactPoint.system == ContactSystem.PHONE,
        ContactPoint.ended_at.is_(None),
    )
    .order_by(
        case((PhoneNumber.state == NumberState.OK, 0), else_=1),
        ContactPoint.rank,
        ContactPoint.created_at,
        ContactPoint.id,
    )
)


def _numbers(practice_id: UUID, patient_ids: Collection[UUID]) -> Result[UUID, PhoneNumber]:
    asked = {"practice_id": practice_id, "patient_ids": list(patient_ids)}
    return db.session.execute(_NUMBERS, asked)


def active_lines(practice_id: UUID) -> Sequence[Line]:
    """The practice's lines that may send, the first one first."""
    return db.session.scalars(_ACTIVE, {"practice_id": practice_id}).all()


_ACTIVE = (
    select(Line)
    .where(Line.practice_id == bindparam("practice_id"), Line.is_active)
    .order_by(Line.created_at, Line.id)
)


def lines_used(practice_id: UUID, patient_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Patient → the line their thread's texts last used, or came in by."""
    newest = func.row_number().over(
        partition_by=Conversation.patient_id,
        order_by=(Message.created_at.desc(), Message.id.desc()),
    )
    ranked = (
        select(Conversation.patient_id, Message.line_id, newest.label("nth"))
        .join(
            Message,
            (Message.practice_id == Conversation.practice_id)
            & (Message.conversation_id == Conversation.id),
        )
        .where(
            Conversation.practice_id == practice_id,
            Conversation.kind == ConversationKind.PATIENT,
            Conversation.patient_id.in_(patient_ids),
            Message.channel == Channel.SMS,
            Message.line_id.is_not(None),
        )
        .subquery()
    )
    rows = db.session.execute(
        select(ranked.c.patient_id, ranked.c.line_id).where(ranked.c.nth == 1)
    )
    return {patient_id: line_id for patient_id, line_id in rows}


def line_for(conversation: Conversation) -> Line | None:
    """The active line this thread last used, else the practice's first active line."""
    lines = active_lines(conversation.practice_id)
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
