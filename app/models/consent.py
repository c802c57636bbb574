"""The consent ledger: append-only rows per person or number, purpose and channel, with the wording
shown, how it was given and by whom. The newest row decides; nothing is ever edited (a trigger refuses)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers

#: What a decision is about unless it names something narrower.
EVERYTHING = "care"
#: Channel and purpose of a yes to sharing with a community organization: never a consent to texts.
SHARING = "sharing"
#: Purpose of a yes to handing records under 42 CFR Part 2 on.
PART_2_SHARING = "part2_sharing"
#: Channels of consents about programmes and about the record: never consents to texts.
PROGRAM, RECORD = "program", "record"


class ConsentDecision(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


class ConsentHow(StrEnum):
    DESK = "desk"
    PHONE = "phone"
    PORTAL = "portal"
    TEXT = "text"
    IMPORT = "import"
    API = "api"
    CARRIER = "carrier"


class Consent(Row):
    """One decision. With `patient_id` it is that person's; with only `phone_number_id` the number's."""

    __tablename__ = "consent"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("phone_number_id", "phone_number"),
        CheckConstraint("patient_id IS NOT NULL OR phone_number_id IS NOT NULL", "about_someone"),
        Index(None, "practice_id", "patient_id", "recorded_at"),
        Index(None, "practice_id", "phone_number_id", "recorded_at"),
    )

    patient_id: Mapped[UUID | None]
    phone_number_id: Mapped[UUID | None]
    channel: Mapped[str] = mapped_column(default="sms")
    #: "care" = everything the practice texts about; narrower purposes may follow.
    purpose: Mapped[str] = mapped_column(default=EVERYTHING)
    decision: Mapped[ConsentDecision]
    how: Mapped[ConsentHow]
    #: The words the person saw, heard or sent.
    wording: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    decided_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    #: The last day it holds, where it was given for a time; None = until it is withdrawn.
    expires_on: Mapped[date | None]
    recorded_by_kind: Mapped[str]
    recorded_by_id: Mapped[UUID | None]
