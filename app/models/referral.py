"""Referrals and the offices that send them. The loop: received → connected with the patient → the
referring PCP told; only a recorded update closes the follow-up."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.core.crypto import EncryptedText
from app.models.patient import Patient


class Referrer(Row):
    """An office that refers patients: its clinicians, e-mail, fax and phones."""

    __tablename__ = "referrer"
    __table_args__ = (of_practice(), UniqueConstraint("practice_id", "name"))

    name: Mapped[str]
    clinicians: Mapped[list[str]] = mapped_column(default=list)
    email: Mapped[str | None]
    fax: Mapped[str | None]
    phone: Mapped[str | None]
    created_at: Mapped[datetime]


class ReferralStatus(StrEnum):
    RECEIVED = "received"
    CONNECTED = "connected"
    PCP_TOLD = "pcp_told"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Referral(Row):
    __tablename__ = "referral"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("referrer_id", "referrer"),
        UniqueConstraint("practice_id", "source_id"),
        Index(None, "practice_id", "received_at", "id"),
        Index(None, "practice_id", "patient_id"),
    )
    change_kind: ClassVar[str | None] = "referral"

    patient_id: Mapped[UUID]
    referrer_id: Mapped[UUID | None]
    #: Name of the referring clinician as written on the referral.
    referred_by: Mapped[str | None]
    reason: Mapped[str] = mapped_column(EncryptedText)
    status: Mapped[ReferralStatus] = mapped_column(default=ReferralStatus.RECEIVED)
    #: When it reached the practice; the week runs from here.
    received_at: Mapped[datetime]
    connected_at: Mapped[datetime | None]
    pcp_told_at: Mapped[datetime | None]
    source_id: Mapped[str | None]
    created_at: Mapped[datetime]

    patient: Mapped[Patient] = belongs_to("Referral.patient_id", "Patient")
    referrer: Mapped[Referrer | None] = belongs_to("Referral.referrer_id", "Referrer")


class ReferralUpdate(Row):
    """One recorded update to the referring PCP: how it was given, and the words."""

    __tablename__ = "referral_update"
    __table_args__ = (
        of_practice(),
        refers("referral_id", "referral"),
        refers("recorded_by_id", "user_account"),
        Index(None, "practice_id", "referral_id", "told_at"),
    )

    referral_id: Mapped[UUID]
    #: phone, fax, email, in_person, letter
    how: Mapped[str]
    #: Who at the office took it.
    told_to: Mapped[str]
    body: Mapped[str] = mapped_column(EncryptedText)
    told_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[UUID | None]
