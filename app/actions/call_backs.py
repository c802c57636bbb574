"""The wait that a call began: it ends when the call was answered after all, or somebody called back. What
the same person wrote meanwhile still waits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.actions.inbound_kinds import SETTLED
from app.core.db import db
from app.models.conversation import Conversation, ConversationKind
from app.models.event import Actor, Event, record
from app.models.incoming_call import IncomingCall
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.touchpoint import Touchpoint


def end_wait(thread: Conversation) -> bool:
    """End the thread's wait if a call began it; True when nobody waits there any more."""
    since = thread.waiting_since
    if since is None or not _began_with_call(thread, since):
        return False
    unread = first_unread(thread, since)
    if unread is None:
        thread.settle()
        return True
    thread.waiting_since = unread
    return False


def called_back(patient: Patient, *, by: Actor, at: datetime) -> None:
    """Somebody of the practice has spoken with the patient."""
    thread = _thread(patient.practice_id, patient.id)
    since = thread.waiting_since if thread is not None else None
    if thread is not None and since is not None and end_wait(thread):
        record(thread, "conversation.settled", by=by, at=at, why="called_back",
               waiting_since=since.isoformat())  # fmt: skip


def take_back(call: Touchpoint, *, by: Actor, at: datetime) -> None:
    """That call did not happen: whoever it answered waits again, unless the thread has moved on."""
    thread = _thread(call.practice_id, call.patient_id)
    if thread is None or thread.waiting_since is not None:
        return
    settled = db.session.scalars(
        select(Event).where(
            Event.practice_id == thread.practice_id,
            Event.subject_type == Conversation.__tablename__,
            Event.subject_id == thread.id,
            Event.kind == "conversation.settled",
            Event.at == call.recorded_at,
        )
    ).first()
    if settled is not None and settled.facts.get("why") == "called_back":
        thread.waiting_since = datetime.fromisoformat(settled.facts["waiting_since"])
        record(thread, "conversation.unsettled", by=by, at=at)


def first_unanswered(calls: list[IncomingCall]) -> datetime | None:
    """When the oldest of these calls came that nobody answered."""
    return min((call.called_at for call in calls if not call.was_answered), default=None)


def of_thread(thread: Conversation) -> list[IncomingCall]:
    """Every call of the thread, oldest first."""
    rows = select(IncomingCall).where(
        IncomingCall.practice_id == thread.practice_id, IncomingCall.conversation_id == thread.id
    )
    return list(db.session.scalars(rows.order_by(IncomingCall.called_at, IncomingCall.id)))


def first_unread(thread: Conversation, since: datetime) -> datetime | None:
    """The oldest message since then that no rule has settled."""
    rows = db.session.execute(
        select(Message.created_at, Message.understood)
        .where(
            Message.practice_id == thread.practice_id,
            Message.conversation_id == thread.id,
            Message.direction == Direction.INBOUND,
            Message.created_at >= since,
        )
        .order_by(Message.created_at, Message.id)
    )
    kinds = {kind.value for kind in SETTLED}
    return next((at for at, read in rows if _is_unread(read or {}, kinds)), None)


def _thread(practice_id: UUID, patient_id: UUID) -> Conversation | None:
    rows = select(Conversation).where(
        Conversation.practice_id == practice_id,
        Conversation.kind == ConversationKind.PATIENT,
        Conversation.patient_id == patient_id,
    )
    return db.session.scalars(rows).one_or_none()


def _began_with_call(thread: Conversation, since: datetime) -> bool:
    began = exists().where(
        IncomingCall.practice_id == thread.practice_id,
        IncomingCall.conversation_id == thread.id,
        IncomingCall.called_at == since,
    )
    return bool(db.session.scalar(select(began)))


def _is_unread(understood: dict[str, Any], settled: set[str]) -> bool:
    return understood.get("kind") not in settled or "urgent" in understood
