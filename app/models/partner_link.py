"""Links for people outside who have no account: a referring office, a community organization. A link opens
one thing, for a time, until it is revoked; only its digest is stored (see `models.secret`)."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.columns import Row, of_practice, refers


class LinkScope(StrEnum):
    """What a link opens; `PartnerLink.subject_id` says which one."""

    #: One referral.
    REFERRAL = "referral"
    #: The standing page of one referring office: its own referrals.
    OFFICE = "office"
    #: The day's list of one community organization.
    DAY_LIST = "day_list"
    #: The form by which one office refers a patient.
    INTAKE = "intake"
    #: One ask of a community organization.
    ASK = "ask"


#: How long a link lives unless whoever makes it says otherwise.
LIFETIMES = {
    LinkScope.REFERRAL: timedelta(days=30),
    LinkScope.OFFICE: timedelta(days=90),
    LinkScope.DAY_LIST: timedelta(days=90),
    LinkScope.INTAKE: timedelta(days=365),
    LinkScope.ASK: timedelta(days=30),
}


class PartnerLink(Row):
    __tablename__ = "partner_link"
    __table_args__ = (
        of_practice(),
        refers("made_by_id", "user_account"),
        Index(None, "practice_id", "scope", "subject_id"),
    )

    scope: Mapped[LinkScope]
    #: The referral, the referrer or the organization; an ASK link carries the ask,
    #: an INTAKE link the referrer.
    subject_id: Mapped[UUID]
    #: None: the system made it, for an e-mail.
    made_by_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: A person pressed the button behind it: first and last time. Looking at the door is not opening.
    opened_at: Mapped[datetime | None]
    last_opened_at: Mapped[datetime | None]

    def is_live(self, *, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at
