"""Where a message or a call has stood: each move is an event of its own, which nothing changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.models.contact_point import ContactPoint
from app.models.conversation import Conversation
from app.models.event import Actor, Event, record
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.patient import Patient

MOVED = ("message.refiled", "call.refiled")
RESOLVED, UNRESOLVED = "conversation.resolved", "conversation.unresolved"


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


@dataclass(frozen=True, slots=True)
class Identified:
    """An unknown writer gets a name: what goes to their thread, and how it stood before. Made before anything
    moves, noted once it has; `misidentified` takes it back by this."""

    intake: Conversation
    thread: Conversation
    messages: Sequence[Message]
    calls: Sequence[IncomingCall]
    #: The number, where it was not one of theirs before.
    added: ContactPoint | None
    _before: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        number = self.thread.phone_number_id
        self._before.update(
            waiting=_written(self.intake.waiting_since),
            urgent=_written(self.intake.urgent_since),
            thread_number=str(number) if number else None,
            read={str(each.id): each.understood for each in self.messages if each.is_inbound},
        )

    def note(self, patient: Patient, *, by: Actor, at: datetime) -> None:
        """On the intake, for both threads; ids and what the rules read, never a word."""
        record(
            self.intake, RESOLVED, by=by, at=at, patient_id=patient.id,
            topics=[f"conversation:{self.thread.id}"], thread=str(self.thread.id),
            messages=[str(each.id) for each in self.messages],
            calls=[str(each.id) for each in self.calls],
            point=str(self.added.id) if self.added is not None else None, **self._before,
        )  # fmt: skip


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
