"""What taking a wrong "Who is this?" back means, found by the event that said it. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from app.actions import answer_undo, misfiled_calls
from app.actions.answer_undo import Effect
from app.actions.filing_trail import RESOLVED, UNRESOLVED
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.models.consent import Consent, ConsentDecision, ConsentHow
from app.models.contact_point import ContactPoint
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.incoming_call import IncomingCall
from app.models.message import Direction, Message
from app.models.patient import Patient

TAKEN_BACK = "This was taken back already."
MERGED = (
    "Their record was merged meanwhile. Give each message to the right person by “Not theirs?”."
)
TOO_OLD = ("This was said before it could be taken back as a whole. Give each message to the right person "
           "by “Not theirs?”.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """`messages` and `calls` go back, oldest first: those that were filed then, and, where the number became
    theirs by it, what has come from there since."""

    intake: Conversation
    patient: Patient
    said: Event
    thread: Conversation
    messages: Sequence[Message]
    calls: Sequence[IncomingCall]
    consents: Sequence[Consent]
    #: The number, while it is theirs by this alone.
    point: ContactPoint | None
    #: Texts about the patient that went to that number meanwhile.
    texts_there: int

    @property
    def effects(self) -> list[Effect]:
        """What it all did to their tasks."""
        inbound = [each for each in self.messages if each.is_inbound]
        return [effect for each in inbound for effect in answer_undo.effects_of(each)]

    @property
    def came_at(self) -> list[datetime]:
        heard = [each.created_at for each in self.messages if each.is_inbound]
        return [*heard, *(call.called_at for call in self.calls)]


def said_of(intake: Conversation, event_id: UUID) -> Event:
    """The event that gave the intake a name. Raises NotFound."""
    found = db.session.get(Event, (intake.practice_id, event_id))
    if found is None or found.kind != RESOLVED or found.subject_id != intake.id:
        raise NotFound
    return found


def taken_back(intake: Conversation, said: Event) -> Event | None:
    """The event that took it back, if somebody has."""
    rows = select(Event).where(
        Event.practice_id == intake.practice_id,
        Event.subject_type == Conversation.__tablename__,
        Event.subject_id == intake.id,
        Event.kind == UNRESOLVED,
    )
    found = db.session.scalars(rows)
    return next((each for each in found if each.facts["said"] == str(said.id)), None)


def plan(intake: Conversation, patient: Patient, said: Event) -> Plan:
    """Raises Conflict with what to do instead, when it can't be taken back as a whole."""
    if taken_back(intake, said) is not None:
        raise Conflict(TAKEN_BACK)
    if "thread" not in said.facts:
        raise Conflict(TOO_OLD)
    if patient.id != said.patient_id or patient.merged_into_id is not None:
        raise Conflict(MERGED)
    thread = db.session.get_one(Conversation, (intake.practice_id, UUID(said.facts["thread"])))
    point = _point(patient, said)
    calls = _calls(intake, thread, said, has_number=point is not None)
    if any(misfiled_calls.is_written_down(call) for call in calls):
        raise Conflict(misfiled_calls.WRITTEN_DOWN)
    return Plan(
        intake, patient, said, thread,
        _messages(intake, thread, said, has_number=point is not None), calls,
        _consents(intake, patient, said, has_number=point is not None), point,
        _texts_there(intake, thread, said) if point is not None else 0,
    )  # fmt: skip


def answer_to(message: Message) -> Message | None:
    """What we said in answer to a keyword of theirs."""
    key = Message.send_key == f"answer:{message.id}"
    found = select(Message).where(Message.practice_id == message.practice_id, key)
    return db.session.scalars(found).one_or_none()


def _point(patient: Patient, said: Event) -> ContactPoint | None:
    if said.facts["point"] is None:
        return None
    key = (patient.practice_id, UUID(said.facts["point"]))
    point = db.session.get(ContactPoint, key)
    return point if point is not None and point.ended_at is None else None


def _messages(
    intake: Conversation, thread: Conversation, said: Event, *, has_number: bool
) -> Sequence[Message]:
    ours = Message.id.in_([UUID(each) for each in said.facts["messages"]])
    came_since = and_(
        Message.direction == Direction.INBOUND,
        Message.phone_number_id == intake.phone_number_id,
        Message.created_at >= said.at,
    )
    rows = select(Message).where(
        Message.practice_id == intake.practice_id,
        Message.conversation_id == thread.id,
        or_(ours, came_since) if has_number else ours,
    )
    return db.session.scalars(rows.order_by(Message.created_at, Message.id)).all()


def _calls(
    intake: Conversation, thread: Conversation, said: Event, *, has_number: bool
) -> Sequence[IncomingCall]:
    ours = IncomingCall.id.in_([UUID(each) for each in said.facts["calls"]])
    came_since = and_(
        IncomingCall.phone_number_id == intake.phone_number_id, IncomingCall.called_at >= said.at
    )
    rows = select(IncomingCall).where(
        IncomingCall.practice_id == intake.practice_id,
        IncomingCall.conversation_id == thread.id,
        or_(ours, came_since) if has_number else ours,
    )
    return db.session.scalars(rows.order_by(IncomingCall.called_at, IncomingCall.id)).all()


def _consents(
    intake: Conversation, patient: Patient, said: Event, *, has_number: bool
) -> Sequence[Consent]:
    """The yes of a text that was taken for theirs: of this number alone."""
    then = Consent.recorded_at >= said.at if has_number else Consent.recorded_at == said.at
    rows = select(Consent).where(
        Consent.practice_id == intake.practice_id,
        Consent.patient_id == patient.id,
        Consent.phone_number_id == intake.phone_number_id,
        Consent.decision == ConsentDecision.GIVEN,
        Consent.how == ConsentHow.TEXT,
        then,
    )
    return db.session.scalars(rows.order_by(Consent.recorded_at, Consent.id)).all()


def _texts_there(intake: Conversation, thread: Conversation, said: Event) -> int:
    sent = select(func.count()).where(
        Message.practice_id == intake.practice_id,
        Message.conversation_id == thread.id,
        Message.direction == Direction.OUTBOUND,
        Message.phone_number_id == intake.phone_number_id,
        Message.sent_at >= said.at,
        Message.id.not_in([UUID(each) for each in said.facts["messages"]]),
    )
    return db.session.scalar(sent) or 0
