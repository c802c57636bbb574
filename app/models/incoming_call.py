"""Calls that came in on a line: one row per call of the carrier's, what the caller was told, and how putting
it through ended. A call nobody answered makes its thread wait until somebody called back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation
from messaging.calls import CallAnswer, CallEnd


class IncomingCall(Row):
    """`patient_id` is None until we know whose call it was; `phone_number_id` when the caller hides it."""

    __tablename__ = "incoming_call"
    __table_args__ = (
        of_practice(),
        refers("conversation_id", "conversation"),
        refers("patient_id", "patient"),
        refers("related_person_id", "related_person"),
        refers("line_id", "line"),
        refers("phone_number_id", "phone_number"),
        UniqueConstraint("practice_id", "provider_id"),
        Index(None, "practice_id", "conversation_id", "called_at"),
    )

    conversation_id: Mapped[UUID]
    patient_id: Mapped[UUID | None]
    #: Set when it is their caregiver's phone.
    related_person_id: Mapped[UUID | None]
    line_id: Mapped[UUID]
    phone_number_id: Mapped[UUID | None]
    #: The carrier's id of the call.
    provider_id: Mapped[str]
    called_at: Mapped[datetime]
    #: What the caller was told, and in which languages.
    answer: Mapped[CallAnswer]
    languages: Mapped[list[str]]
    #: How putting it through ended; None while it rings, or when nobody was rung.
    end: Mapped[CallEnd | None]
    ended_at: Mapped[datetime | None]
    #: How long they spoke.
    seconds: Mapped[int | None]

    conversation: Mapped[Conversation] = belongs_to("IncomingCall.conversation_id", "Conversation")
    phone_number: Mapped[PhoneNumber | None] = belongs_to(
        "IncomingCall.phone_number_id", "PhoneNumber"
    )

    @property
    def is_hidden(self) -> bool:
        return self.phone_number_id is None

    @property
    def was_answered(self) -> bool:
        return self.end is CallEnd.ANSWERED
