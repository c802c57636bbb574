"""Where a message or a call has stood: each move is an event of its own, which nothing changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.models.conversation import Conversation
from app.models.event import Actor, Event, record
from app.models.incoming_call import IncomingCall
from app.models.message import Message

MOVED = ("message.refiled", "call.refiled")


def moves_of(subject: Message | IncomingCall) -> list[Event]:
    """Every move, the first one first."""
    rows = select(Event).where(
        Event.practice_id == subject.practice_id,
        Event.subject_type == subject.__tablename__,
        Event.subject_id == subject.id,
        Event.kind.in_(MOVED),
    )
    return list(db.session.scalars(rows.order_by(Event.at, Event.id)))


def last_move(subject: Message | IncomingCall) -> Event | None:
    """How it came to stand where it stands; None when it came in there."""
    return next(reversed(moves_of(subject)), None)


def note_move(
    subject: Message | IncomingCall,
    left: Conversation,
    entered: Conversation,
    *,
    by: Actor,
    at: datetime,
    **facts: Any,
) -> None:
    """On the subject the trail; in either thread a line without its words."""
    what = "call" if isinstance(subject, IncomingCall) else "message"
    record(subject, f"{what}.refiled", by=by, at=at, patient_id=entered.patient_id,
           from_conversation=str(left.id), to_conversation=str(entered.id),
           from_patient=str(left.patient_id), to_patient=str(entered.patient_id), **facts)  # fmt: skip
    record(left, "conversation.message_moved", by=by, at=at, what=what)
    record(entered, "conversation.refiled", by=by, at=at, what=what)
