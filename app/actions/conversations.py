"""Threads and what staff do with them: find or open a thread, assign, note, snooze, settle the wait.
What moves messages from one thread to another lives in `refiling` and `misfiled`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.actions import thread_waits
from app.core.db import db, insert_into
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation, ConversationKind, Note
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.user import User
from app.models.viewer import Viewer

LONGEST_NOTE = 4000


def thread_of(patient: Patient, *, at: datetime) -> Conversation:
    """The patient's one thread over all channels; opened when there is none yet."""
    return _find_or_open(
        patient.practice_id, ConversationKind.PATIENT, patient_id=patient.id, at=at
    )


def intake_of(number: PhoneNumber, *, at: datetime) -> Conversation:
    """The open intake thread of a number we can't give to one person; opened when there is none."""
    return _find_or_open(
        number.practice_id,
        ConversationKind.INTAKE,
        Conversation.resolved_at.is_(None),
        phone_number_id=number.id,
        at=at,
    )


def office_thread(practice_id: UUID, referrer_id: UUID, *, at: datetime) -> Conversation:
    """The referring office's one thread, whichever of its numbers it uses; opened when there is none yet."""
    return _find_or_open(practice_id, ConversationKind.REFERRAL, referrer_id=referrer_id, at=at)


def organization_thread(practice_id: UUID, organization_id: UUID, *, at: datetime) -> Conversation:
    """The community organization's one thread; opened when there is none yet."""
    return _find_or_open(
        practice_id, ConversationKind.REFERRAL, organization_id=organization_id, at=at
    )


def of_number(number: PhoneNumber, *, at: datetime) -> Conversation:
    """The thread of a number that is no patient's: its office's or organization's, or an intake."""
    if number.referrer_id is not None:
        return office_thread(number.practice_id, number.referrer_id, at=at)
    if number.organization_id is not None:
        thread = organization_thread(number.practice_id, number.organization_id, at=at)
        thread.phone_number_id = number.id
        return thread
    return intake_of(number, at=at)


def _find_or_open(
    practice_id: UUID,
    kind: ConversationKind,
    *more: ColumnElement[bool],
    at: datetime,
    **about: UUID,
) -> Conversation:
    """The thread about this; when somebody else opens it at the same moment, theirs is the one."""
    row = {"practice_id": practice_id, "kind": kind, **about}
    mine = select(Conversation).filter_by(**row).where(*more)
    found = db.session.scalars(mine).one_or_none()
    if found is not None:
        return found
    db.session.execute(
        insert_into(Conversation).values(id=new_id(), created_at=at, **row).on_conflict_do_nothing()
    )
    return db.session.scalars(mine).one()


def assign(
    conversation: Conversation, owner: User | None, *, by: Actor, at: datetime
) -> Conversation:
    """Give the thread to a member of staff, or back to everyone (None)."""
    owner_id = owner.id if owner else None
    if conversation.owner_id != owner_id:
        conversation.owner_id = owner_id
        conversation.covering_for_id = conversation.covered_since = None
        record(conversation, "conversation.assigned", by=by, at=at, owner_id=_text(owner_id))
    return conversation


def add_note(conversation: Conversation, body: str, *, by: Viewer, at: datetime) -> Note:
    """Add a staff note that patients never see. Raises Invalid when it is empty or too long."""
    words = body.strip()
    if not words:
        raise Invalid("Write the note first.", field="body")
    if len(words) > LONGEST_NOTE:
        raise Invalid(f"A note has at most {LONGEST_NOTE} characters.", field="body")
    if by.id is None:
        raise Invalid("A note needs an author.")
    note = Note(
        practice_id=conversation.practice_id,
        conversation_id=conversation.id,
        author_id=by.id,
        body=words,
        at=at,
    )
    db.session.add(note)
    record(conversation, "conversation.noted", by=by.actor, at=at, note_id=str(note.id))
    return note


def snooze(
    conversation: Conversation,
    until: datetime,
    *,
    by: Actor,
    at: datetime,
    seen: datetime | None = None,
) -> Conversation:
    """Hide the wait until then; a new message ends the snooze. Raises Invalid for a past moment, Conflict
    when something came after `seen`, the newest they had before them."""
    if until <= at:
        raise Invalid("Choose a time that is still to come.", field="until")
    if seen is not None and thread_waits.unread_after(conversation, seen) is not None:
        raise Conflict("They wrote again meanwhile. Read that first.")
    conversation.snoozed_until = until
    record(conversation, "conversation.snoozed", by=by, at=at, until=until.isoformat())
    return conversation


def settle(
    conversation: Conversation, *, by: Actor, at: datetime, seen: datetime | None = None
) -> Conversation:
    """No answer is needed any more to what came until `seen`."""
    if conversation.waiting_since is not None or conversation.snoozed_until is not None:
        since, urgent = conversation.waiting_since, conversation.urgent_since
        thread_waits.end(conversation, seen=seen)
        record(conversation, "conversation.settled", by=by, at=at,
               waiting_since=since.isoformat() if since else None,
               urgent_since=urgent.isoformat() if urgent else None)  # fmt: skip
    return conversation


def _text(row_id: UUID | None) -> str | None:
    return str(row_id) if row_id else None
