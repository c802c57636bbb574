"""Finding out who an unknown writer is: their intake thread is resolved to a patient. A message that stands
with the wrong patient is `misfiled`'s."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.actions import (
    answer_undo,
    call_backs,
    conversations,
    filing_trail,
    inbound_answers,
    inbound_keywords,
    misfiled,
    patient_contacts,
    questions,
    taken_calls,
    thread_waits,
    touchpoints,
)
from app.actions.inbound_people import Person
from app.actions.inbound_reading import Arrival, Kind, Reading, read_reply
from app.actions.who_questions import WHO_IS_IT
from app.core.db import db
from app.core.errors import Conflict
from app.core.ids import new_id
from app.models.contact_point import ContactPoint, ContactSystem, PhoneNumber
from app.models.conversation import Conversation, ConversationKind
from app.models.event import Actor
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.patient import Patient
from messaging import keywords


def resolve_intake(
    conversation: Conversation,
    patient: Patient,
    *,
    by: Actor,
    at: datetime,
    since: datetime | None = None,
) -> Conversation:
    """The unknown writer is this patient: their messages move to the patient's thread, with their times.

    The number becomes one of the patient's; an answer that waited for a name takes effect. `since`: what
    came before it may be somebody else's and waits on. Returns the thread. Raises Conflict when the intake
    is resolved already.
    """
    take_turn(conversation)
    if conversation.kind is not ConversationKind.INTAKE or conversation.resolved_at is not None:
        raise Conflict("Somebody has found out who this is already.")
    thread = conversations.thread_of(patient, at=at)
    shared, added = _add_number(conversation, patient, at=at)
    everything = _messages_of(conversation)
    moving = _theirs(everything, since, at=at)
    all_calls = call_backs.of_thread(conversation)
    calls = [call for call in all_calls if since is None or call.called_at >= since]
    trail = filing_trail.Identified(conversation, thread, moving, calls, added)
    waiting = _file(moving, thread, patient, shared=shared, at=at)
    taken_calls.move(calls, thread, patient, at=at)
    unanswered = [m for m in (waiting, call_backs.first_unanswered(calls)) if m is not None]
    _join_waits(conversation, thread, min(unanswered, default=None))
    if since is not None and _has_older(everything, all_calls, since):
        db.session.flush()
        thread_waits.leave(conversation, since)
    else:
        conversation.patient_id, conversation.resolved_at = patient.id, at
        conversation.settle()
    trail.note(patient, by=by, at=at)
    return thread


def take_turn(conversation: Conversation) -> None:
    """Wait for a text from this number that is just coming in, and for whoever resolves it as well."""
    db.session.scalars(
        select(PhoneNumber.id)
        .where(
            PhoneNumber.practice_id == conversation.practice_id,
            PhoneNumber.id == conversation.phone_number_id,
        )
        .with_for_update(key_share=True)
    ).one_or_none()
    db.session.refresh(conversation)


def _move(message: Message, thread: Conversation, patient: Patient) -> None:
    """To the patient and their thread; who it was filed with before is forgotten, also if read already."""
    message.conversation_id, message.patient_id = thread.id, patient.id
    db.session.expire(message, ["patient"])


def _messages_of(conversation: Conversation) -> list[Message]:
    return list(
        db.session.scalars(
            select(Message)
            .where(
                Message.practice_id == conversation.practice_id,
                Message.conversation_id == conversation.id,
            )
            .order_by(Message.created_at, Message.id)
            .with_for_update(key_share=True)
        )
    )


def _file(
    messages: Sequence[Message],
    thread: Conversation,
    patient: Patient,
    *,
    shared: bool,
    at: datetime,
) -> datetime | None:
    """Move them and let them take effect; since when one of them waits for a person."""
    waiting = None
    for message in messages:
        _move(message, thread, patient)
        settled = _settle(message, thread, patient, shared=shared, at=at)
        waiting = waiting or (message.created_at if message.is_inbound and not settled else None)
        if message.is_inbound or message.sent_at is not None:
            touchpoints.of_message(message, at=at, refiled=len(misfiled.ledger_rows(message)))
    return waiting


def _theirs(messages: Sequence[Message], since: datetime | None, *, at: datetime) -> list[Message]:
    """Those that move. "Whom is it about?" is nobody's own: it stays, and nobody answers it any more."""
    for each in messages:
        if is_who_question(each) and each.answered_at is None:
            answer_undo.withdraw(each, at=at)
    moving = [each for each in messages if not is_who_question(each)]
    return [each for each in moving if since is None or each.created_at >= since]


def is_who_question(message: Message) -> bool:
    return (message.asked or {}).get("kind") == WHO_IS_IT


def _has_older(messages: Sequence[Message], calls: Sequence[IncomingCall], since: datetime) -> bool:
    heard = [each.created_at for each in messages if each.is_inbound]
    return any(at < since for at in (*heard, *(call.called_at for call in calls)))


def _add_number(
    conversation: Conversation, patient: Patient, *, at: datetime
) -> tuple[bool, ContactPoint | None]:
    """The number is the patient's too, after the ones we have. Whether others use it as well, and what was
    added."""
    if conversation.phone_number_id is None:  # a caller who hid it
        return False, None
    points = db.session.scalars(
        select(ContactPoint).where(
            ContactPoint.practice_id == patient.practice_id,
            ContactPoint.phone_number_id == conversation.phone_number_id,
            ContactPoint.ended_at.is_(None),
        )
    ).all()
    added = None
    if patient.id not in {point.patient_id for point in points}:
        patient_contacts.believe(patient, conversation.phone_number_id)
        last = select(func.max(ContactPoint.rank)).where(
            ContactPoint.practice_id == patient.practice_id, ContactPoint.patient_id == patient.id
        )
        added = ContactPoint(
            practice_id=patient.practice_id,
            id=new_id(),
            patient_id=patient.id,
            system=ContactSystem.PHONE,
            phone_number_id=conversation.phone_number_id,
            rank=int(db.session.scalar(last) or 0) + 1,
            created_at=at,
        )
        db.session.add(added)
    return len({point.patient_id for point in points} | {patient.id}) > 1, added


def _settle(
    message: Message, thread: Conversation, patient: Patient, *, shared: bool, at: datetime
) -> bool:
    """Let an answer that waited for a name take effect; True when nobody has to read the message."""
    kind = (message.understood or {}).get("kind")
    if kind == Kind.JOIN:
        return _join(message, thread, patient, at=at)
    if kind != Kind.WHO_IS_THIS:
        return kind in (Kind.STOP, Kind.START, Kind.HELP)
    person = Person(patient, thread=thread)
    asked = questions.asked_lately(patient.practice_id, [patient.id], at=message.created_at)
    before = [each for each in asked if each.at <= message.created_at]
    reading = read_reply(person, message.body, before, at=message.created_at)
    if reading.kind is not Kind.ANSWER:
        return False
    if "urgent" in (message.understood or {}):
        return False  # a person reads it first
    message.understood, message.task_id = reading.to_json(), reading.task_id
    people = (person, person) if shared else (person,)
    return inbound_answers.answer(Arrival(message, thread, reading, people), at=at)


def _join(message: Message, thread: Conversation, patient: Patient, *, at: datetime) -> bool:
    """The wish of a phone that nobody could place: it is this person's own yes."""
    person = Person(patient, thread=thread)
    reading = Reading(Kind.JOIN, person, keyword=keywords.read(message.body))
    number, line = message.phone_number, message.line
    return inbound_keywords.joined(
        Arrival(message, thread, reading, (person,), number, line), at=at
    )


def _join_waits(intake: Conversation, thread: Conversation, waiting: datetime | None) -> None:
    """The thread waits since the oldest message nobody has answered, in either."""
    if intake.waiting_since is not None and waiting is not None:
        began = max(intake.waiting_since, waiting)
        thread.waiting_since = min(thread.waiting_since or began, began)
        thread.urgent_since = thread.urgent_since or intake.urgent_since
    heard = [at for at in (thread.last_message_at, intake.last_message_at) if at is not None]
    thread.last_message_at = max(heard, default=None)
    thread.phone_number_id = intake.phone_number_id or thread.phone_number_id
