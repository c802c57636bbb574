"""Conversations: one thread per patient over all channels, an intake thread per unknown number, a thread per
referring office and community organization, and the staff's notes in them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, Index, and_, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from app.core.columns import Row, belongs_to, of_practice, refers
from app.core.crypto import EncryptedText
from app.models.community_organization import CommunityOrganization
from app.models.contact_point import PhoneNumber
from app.models.patient import Patient
from app.models.referral import Referrer
from app.models.user import User


class ConversationKind(StrEnum):
    PATIENT = "patient"
    INTAKE = "intake"
    REFERRAL = "referral"


#: The columns of a thread that say whose it is.
_WHOSE = ("patient_id", "referrer_id", "organization_id")


class Conversation(Row):
    """A thread. `waiting_since` is the clock that matters: the oldest inbound nobody has answered."""

    __tablename__ = "conversation"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("phone_number_id", "phone_number"),
        refers("referrer_id", "referrer"),
        refers("organization_id", "community_organization"),
        refers("owner_id", "user_account"),
        refers("covering_for_id", "user_account"),
        CheckConstraint("kind <> 'patient' OR patient_id IS NOT NULL", "patient_kind"),
        Index(
            "uq_conversation_patient", "practice_id", "patient_id", unique=True,
            sqlite_where=text("kind = 'patient'"), postgresql_where=text("kind = 'patient'"),
        ),
        Index(
            "uq_conversation_open_intake", "practice_id", "phone_number_id", unique=True,
            sqlite_where=text("kind = 'intake' AND resolved_at IS NULL"),
            postgresql_where=text("kind = 'intake' AND resolved_at IS NULL"),
        ),
        Index(
            "uq_conversation_office", "practice_id", "referrer_id", unique=True,
            sqlite_where=text("kind = 'referral'"), postgresql_where=text("kind = 'referral'"),
        ),
        Index(
            "uq_conversation_organization", "practice_id", "organization_id", unique=True,
            sqlite_where=text("organization_id IS NOT NULL"),
            postgresql_where=text("organization_id IS NOT NULL"),
        ),
        Index(
            "ix_conversation_waiting", "practice_id", "waiting_since", "id",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index("ix_conversation_covered", "practice_id", "covering_for_id",
              sqlite_where=text("covering_for_id IS NOT NULL"),
              postgresql_where=text("covering_for_id IS NOT NULL")),
        Index(None, "practice_id", "last_message_at", "id"),
    )  # fmt: skip

    kind: Mapped[ConversationKind]
    patient_id: Mapped[UUID | None]
    #: Intake: the number we don't know. Patient, office: the number last heard from.
    phone_number_id: Mapped[UUID | None]
    #: Referral: whose thread it is, an office's or a community organization's.
    referrer_id: Mapped[UUID | None]
    organization_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    #: Whose it is while they are away; then since when it lies with the owner, or with the pool.
    covering_for_id: Mapped[UUID | None]
    covered_since: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    #: Since when urgent words wait to be read by a person.
    urgent_since: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    last_message_at: Mapped[datetime | None]
    #: Intake: when the messages were re-filed to a patient.
    resolved_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    patient: Mapped[Patient | None] = belongs_to("Conversation.patient_id", "Patient")
    phone_number: Mapped[PhoneNumber | None] = belongs_to(
        "Conversation.phone_number_id", "PhoneNumber"
    )
    referrer: Mapped[Referrer | None] = belongs_to("Conversation.referrer_id", "Referrer")
    organization: Mapped[CommunityOrganization | None] = belongs_to(
        "Conversation.organization_id", "CommunityOrganization"
    )
    covering_for: Mapped[User | None] = belongs_to("Conversation.covering_for_id", "User")
    owner: Mapped[User | None] = belongs_to("Conversation.owner_id", "User")

    @property
    def partner(self) -> Referrer | CommunityOrganization | None:
        """Whose thread it is, when it is no patient's."""
        if self.referrer_id is not None:
            return self.referrer
        return self.organization if self.organization_id is not None else None

    @property
    def merged_into_id(self) -> UUID | None:
        """Whose thread stands for this one, where the record of its person or partner was merged."""
        whose = self.patient or self.partner
        return whose.merged_into_id if whose and self.kind is not ConversationKind.INTAKE else None

    def is_of_survivor(self) -> ColumnElement[bool]:
        """The thread of the record into which its person's or partner's was merged."""
        name = next(name for name in _WHOSE if getattr(self, name) is not None)
        here = Conversation.practice_id == self.practice_id, Conversation.kind == self.kind
        return and_(*here, getattr(Conversation, name) == self.merged_into_id)

    @property
    def conversation_id(self) -> UUID:
        """So that events find their thread the same way on every record."""
        return self.id

    def hear(self, *, at: datetime) -> None:
        """Something came in: the wait begins (or goes on), and a snooze ends."""
        self.waiting_since = self.waiting_since or at
        flag_modified(self, "waiting_since")  # also where somebody settles it at this moment
        self.last_message_at = at
        self.snoozed_until = None

    def settle(self) -> None:
        """A person answered or decided no answer is needed, or a rule understood the reply."""
        self.waiting_since = self.urgent_since = None
        self.snoozed_until = None


class Note(Row):
    """A staff note in a thread; patients never see it."""

    __tablename__ = "note"
    __table_args__ = (
        of_practice(),
        refers("conversation_id", "conversation"),
        refers("author_id", "user_account"),
        Index(None, "practice_id", "conversation_id", "at"),
    )

    conversation_id: Mapped[UUID]
    author_id: Mapped[UUID]
    body: Mapped[str] = mapped_column(EncryptedText)
    at: Mapped[datetime]

    author: Mapped[User] = belongs_to("Note.author_id", "User")
