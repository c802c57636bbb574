"""A patient referred through an office's link: what the office wrote, waiting for staff who find out which
patient it is. Nothing of it is believed before that; and what offices and the care team ask each other."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.core.crypto import EncryptedText
from app.models.referral import Referral, Referrer

_WAITING = text("status = 'waiting'")
_TIED = text("message_id IS NOT NULL AND withdrawn_at IS NULL")
_TIED_CALL = text("call_id IS NOT NULL AND withdrawn_at IS NULL")


class IntakeStatus(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class ReferralIntake(Row):
    __tablename__ = "referral_intake"
    __table_args__ = (
        of_practice(),
        refers("referrer_id", "referrer"),
        refers("referral_id", "referral"),
        refers("settled_by_id", "user_account"),
        Index(None, "practice_id", "referrer_id", "received_at"),
        Index(
            "ix_referral_intake_waiting", "practice_id", "received_at",
            sqlite_where=_WAITING, postgresql_where=_WAITING,
        ),
    )  # fmt: skip

    referrer_id: Mapped[UUID]
    given_name: Mapped[str]
    family_name: Mapped[str]
    birth_date: Mapped[date]
    phone: Mapped[str | None]
    #: The clinician, as the office wrote it.
    referred_by: Mapped[str | None]
    reason: Mapped[str] = mapped_column(EncryptedText)
    status: Mapped[IntakeStatus] = mapped_column(default=IntakeStatus.WAITING)
    #: The week runs from here, whenever somebody looks.
    received_at: Mapped[datetime]
    referral_id: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[UUID | None]
    dismissed_why: Mapped[str | None]

    referrer: Mapped[Referrer] = belongs_to("ReferralIntake.referrer_id", "Referrer")

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def initials(self) -> str:
        return f"{self.given_name[:1]}{self.family_name[:1]}".upper()


class ReferralNote(Row):
    """A question or an answer about one referral, between its office and the care team; or a text or call
    of the office's that staff tied to it, until they say that it was about something else."""

    __tablename__ = "referral_note"
    __table_args__ = (
        of_practice(),
        refers("referral_id", "referral"),
        refers("author_id", "user_account"),
        refers("message_id", "message"),
        refers("call_id", "incoming_call"),
        Index(None, "practice_id", "referral_id", "at"),
        Index("uq_referral_note_message", "practice_id", "message_id", unique=True,
              sqlite_where=_TIED, postgresql_where=_TIED),
        Index("uq_referral_note_call", "practice_id", "call_id", unique=True,
              sqlite_where=_TIED_CALL, postgresql_where=_TIED_CALL),
    )  # fmt: skip

    referral_id: Mapped[UUID]
    is_from_office: Mapped[bool]
    author_id: Mapped[UUID | None]
    #: Who at the office, as they wrote it.
    author_name: Mapped[str]
    body: Mapped[str] = mapped_column(EncryptedText)
    at: Mapped[datetime]
    #: The office's text or call it stands for.
    message_id: Mapped[UUID | None]
    call_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]

    referral: Mapped[Referral] = belongs_to("ReferralNote.referral_id", "Referral")
