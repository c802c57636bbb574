"""Calls that come in. In one transaction: number → people · the row under the carrier's id (a repeat is a
no-op) · a thread that waits for a call back · ledger, event. No call is ever dropped."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.actions import call_backs, opening, touchpoints
from app.actions.inbound_people import Person, Sender, find_sender, thread_for
from app.actions.touchpoint_contact import Contact
from app.core.db import db, insert_into
from app.core.ids import new_id
from app.models.conversation import Conversation, ConversationKind
from app.models.event import SYSTEM, Actor, record
from app.models.incoming_call import IncomingCall
from app.models.patient import Patient, RelatedPerson
from app.models.practice import Line, Practice
from app.models.touchpoint import ActorKind
from messaging import spoken
from messaging.calls import CallAnswer, CallIn, DialReport


def receive(line: Line, call: CallIn, *, at: datetime) -> IncomingCall:
    """Take in a call; one that is here already is given back as it was answered."""
    first = find_call(line, provider_id=call.provider_id)
    if first is not None:
        return first
    practice = db.session.get_one(Practice, line.practice_id)
    sender = find_sender(practice.id, call.caller, at=at) if call.caller else None
    thread, person = _thread_of(line, sender, at=at)
    values = _values(practice, line, call, sender, person, at=at) | {"conversation_id": thread.id}
    row = _add_once(values)
    if row is None:  # a copy that came in the same moment was faster
        return _known(line, call.provider_id)
    if sender is None:
        db.session.add(thread)
    else:
        thread.phone_number_id = sender.number.id
    thread.hear(at=at)
    if person is not None:
        touchpoints.write(contact_of(row, person.patient), by=SYSTEM, at=at, is_new=True)
    by = person.actor if person is not None else sender.stranger if sender else Actor("patient")
    record(row, "call.received", by=by, at=at, answer=row.answer.value)
    return row


def find_call(line: Line, *, provider_id: str, call_id: UUID | None = None) -> IncomingCall | None:
    """A call that came in on this line, by the carrier's id (and ours, where it is known)."""
    rows = select(IncomingCall).where(
        IncomingCall.practice_id == line.practice_id,
        IncomingCall.line_id == line.id,
        IncomingCall.provider_id == provider_id,
    )
    if call_id is not None:
        rows = rows.where(IncomingCall.id == call_id)
    return db.session.scalars(rows).one_or_none()


def hear_end(call: IncomingCall, report: DialReport, *, at: datetime) -> None:
    """Putting it through ended. The first word counts; an answered call needs no call back."""
    db.session.refresh(call, with_for_update={"key_share": True})
    if call.end is not None:
        return
    call.end, call.ended_at, call.seconds = report.end, at, report.seconds
    record(call, "call.ended", by=SYSTEM, at=at, end=call.end.value)
    if call.was_answered:
        call_backs.end_wait(call.conversation)


def contact_of(call: IncomingCall, patient: Patient) -> Contact:
    """They tried to reach us. Who spoke with them, and what for, only that person can write down."""
    by_caregiver = call.related_person_id is not None
    key = (call.practice_id, call.related_person_id)
    caregiver = db.session.get(RelatedPerson, key) if by_caregiver else None
    return Contact(
        patient=patient,
        source_kind="incoming_call",
        source_id=str(call.id),
        activity_type="call",
        channel="phone",
        direction="inbound",
        actor_kind=ActorKind.CAREGIVER if by_caregiver else ActorKind.PATIENT,
        started_at=call.called_at,
        ended_at=call.called_at,
        contact_party="caregiver" if by_caregiver else "patient",
        relationship=caregiver.relationship if caregiver else None,
        is_synchronous=True,
        contact_outcome=call.answer.value,
        is_attempt=True,
    )


def said(call: IncomingCall) -> tuple[spoken.Speech, ...]:
    """What the caller hears first, in their words; the same however often the carrier asks."""
    practice = db.session.get_one(Practice, call.practice_id)
    name, languages, hidden = practice.name, call.languages, call.is_hidden
    if call.answer is CallAnswer.PUT_THROUGH:
        return spoken.put_through(name, languages)
    if call.answer is CallAnswer.NO_PHONE:
        return spoken.no_phone(name, languages, hidden=hidden)
    closed = opening.closed_at(practice, at=call.called_at)
    opens: dict[str, str] = {}
    if closed is not None and closed.opens is not None:
        opens = {
            each: opening.in_words(closed.opens, practice, at=call.called_at, language=each)
            for each in languages
        }
    return spoken.closed(name, languages, opens=opens, hidden=hidden)


def dialled(call: IncomingCall) -> str | None:
    """The number that rings for this call, if any does."""
    practice = db.session.get_one(Practice, call.practice_id)
    return practice.phone if call.answer is CallAnswer.PUT_THROUGH else None


def _thread_of(
    line: Line, sender: Sender | None, *, at: datetime
) -> tuple[Conversation, Person | None]:
    """The caller's thread. Whoever hides their number gets an intake of their own for each call."""
    if sender is not None:
        return thread_for(sender.sole, sender.number, at=at), sender.sole
    hidden = Conversation(practice_id=line.practice_id, kind=ConversationKind.INTAKE, created_at=at)
    return hidden, None


def _values(
    practice: Practice,
    line: Line,
    call: CallIn,
    sender: Sender | None,
    person: Person | None,
    *,
    at: datetime,
) -> dict[str, Any]:
    people = sender.people if sender is not None else ()
    return {
        "practice_id": practice.id,
        "id": new_id(),
        "patient_id": person.patient.id if person is not None else None,
        "related_person_id": person.related_person_id if person is not None else None,
        "line_id": line.id,
        "phone_number_id": sender.number.id if sender is not None else None,
        "provider_id": call.provider_id,
        "called_at": at,
        "answer": _answer(practice, at=at),
        "languages": list(spoken.languages_of(each.patient.language for each in people)),
    }


def _answer(practice: Practice, *, at: datetime) -> CallAnswer:
    if opening.closed_at(practice, at=at) is not None:
        return CallAnswer.CLOSED
    return CallAnswer.PUT_THROUGH if _has_phone(practice) else CallAnswer.NO_PHONE


def _has_phone(practice: Practice) -> bool:
    """Whether a phone of the practice can ring: one of its lines would only call itself again."""
    is_line = exists().where(Line.practice_id == practice.id, Line.number == practice.phone)
    return practice.phone is not None and not db.session.scalar(select(is_line))


def _add_once(values: dict[str, Any]) -> IncomingCall | None:
    written = db.session.scalar(
        insert_into(IncomingCall)
        .values(values)
        .on_conflict_do_nothing(index_elements=["practice_id", "provider_id"])
        .returning(IncomingCall.id)
    )
    if written is None:
        return None
    return db.session.get_one(IncomingCall, (values["practice_id"], written))


def _known(line: Line, provider_id: str) -> IncomingCall:
    found = find_call(line, provider_id=provider_id)
    if found is None:
        raise LookupError("a call of another line under the same id")
    return found
