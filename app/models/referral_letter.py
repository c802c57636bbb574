"""Letters to the referring office about one referral: drafted from the record, approved by a person, sent
as a link or printed for fax. *Told* is another thing: see `ReferralUpdate`."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.core.crypto import EncryptedText
from app.models.referral import Referral


class LetterWay(StrEnum):
    LINK = "link"
    FAX = "fax"


class LetterState(StrEnum):
    """How far a letter is; the first that holds."""

    WITHDRAWN = "withdrawn"
    ACKNOWLEDGED = "acknowledged"
    OPENED = "opened"
    ATTESTED = "attested"
    #: The e-mail was refused or came back: nobody was told.
    FAILED = "failed"
    #: The e-mail left; nobody opened the letter.
    SENT = "sent"
    APPROVED = "approved"


class ReferralLetter(Row):
    __tablename__ = "referral_letter"
    __table_args__ = (
        of_practice(),
        refers("referral_id", "referral"),
        refers("approved_by_id", "user_account"),
        Index(None, "practice_id", "referral_id", "approved_at"),
    )

    referral_id: Mapped[UUID]
    way: Mapped[LetterWay]
    body: Mapped[str] = mapped_column(EncryptedText)
    approved_at: Mapped[datetime]
    approved_by_id: Mapped[UUID | None]
    sent_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    #: Who at the office, as they wrote it.
    acknowledged_by: Mapped[str | None]
    #: A person said that the fax went through or that they read it out.
    attested_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failed_why: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]

    referral: Mapped[Referral] = belongs_to("ReferralLetter.referral_id", "Referral")

    @property
    def state(self) -> LetterState:
        for state in LetterState:
            if state is LetterState.APPROVED:
                break
            if getattr(self, f"{state.value}_at") is not None:
                return state
        return LetterState.APPROVED

    @property
    def tells(self) -> bool:
        """Whether the office knows because of it."""
        return bool(self.acknowledged_at or self.opened_at or self.attested_at)
