"""One community organization asked to help with one need on a referral: the Gravity Task to the performer,
with the states of `referral_state`. One it refuses stays refused; whoever asks elsewhere makes another."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.core.crypto import EncryptedText
from app.core.errors import Conflict
from app.models.community_organization import NEEDS_VERSION, CommunityOrganization, Need
from app.models.patient import Patient
from app.models.referral import Referral
from app.models.referral_state import OPEN, ReferralStatus, check_move

_OPEN = text("status IN ('requested', 'accepted', 'in_progress', 'on_hold')")
_DUE = text(f"due_at IS NOT NULL AND {_OPEN.text}")


class NoFit(StrEnum):
    """Why an organization does not take somebody on: counted."""

    NOT_ELIGIBLE = "not_eligible"
    NO_CAPACITY = "no_capacity"
    OUT_OF_AREA = "out_of_area"
    OTHER_LANGUAGE = "other_language"
    NOT_OFFERED = "not_offered"
    OTHER = "other"


class HelpOutcome(StrEnum):
    """What came of it, as organizations themselves tell it apart."""

    GOT_HELP = "got_help"
    COULD_NOT_CONTACT = "could_not_contact"
    NOT_ELIGIBLE = "not_eligible"
    NO_CAPACITY = "no_capacity"
    NO_LONGER_INTERESTED = "no_longer_interested"


class OrganizationAsk(Row):
    __tablename__ = "organization_ask"
    __table_args__ = (
        of_practice(),
        refers("referral_id", "referral"),
        refers("patient_id", "patient"),
        refers("organization_id", "community_organization"),
        refers("consent_id", "consent"),
        refers("asked_by_id", "user_account"),
        Index(None, "practice_id", "referral_id", "asked_at"),
        Index(None, "practice_id", "organization_id", "asked_at"),
        Index("ix_organization_ask_due", "due_at", "id", sqlite_where=_DUE, postgresql_where=_DUE),
        Index(
            "uq_organization_ask_open", "practice_id", "referral_id", "organization_id", "need",
            unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
    )  # fmt: skip
    change_kind: ClassVar[str | None] = None

    referral_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    organization_id: Mapped[UUID]
    need: Mapped[Need]
    needs_version: Mapped[int] = mapped_column(default=NEEDS_VERSION)
    #: The yes to this sharing, in the words the person heard.
    consent_id: Mapped[UUID]
    status: Mapped[ReferralStatus] = mapped_column(default=ReferralStatus.REQUESTED)
    asked_at: Mapped[datetime]
    #: By when its next word is due; None when it is over, or a card says that it is silent.
    due_at: Mapped[datetime | None]
    asked_by_id: Mapped[UUID | None]
    #: The organization's first answer, its yes, and its first day with the person.
    answered_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    scheduled_for: Mapped[datetime | None]
    no_fit: Mapped[NoFit | None]
    outcome: Mapped[HelpOutcome | None]
    #: What it added in its own words.
    words: Mapped[str | None] = mapped_column(EncryptedText)
    ended_at: Mapped[datetime | None]
    #: Why the practice ended it: taken_back, consent_withdrawn.
    ended_why: Mapped[str | None]

    referral: Mapped[Referral] = belongs_to("OrganizationAsk.referral_id", "Referral")
    patient: Mapped[Patient] = belongs_to("OrganizationAsk.patient_id", "Patient")
    organization: Mapped[CommunityOrganization] = belongs_to(
        "OrganizationAsk.organization_id", "CommunityOrganization"
    )

    @property
    def code(self) -> str:
        """By which practice and organization speak of it on the phone."""
        return self.id.hex[-6:].upper()

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def shows_contact(self) -> bool:
        """The organization learns how to reach the person when it has said that it will."""
        return self.status in (ReferralStatus.ACCEPTED, ReferralStatus.IN_PROGRESS)

    def check_open(self) -> None:
        if not self.is_open:
            raise Conflict(
                "This was answered or ended already. Call the practice if that is wrong."
            )

    def move(self, *states: ReferralStatus, at: datetime) -> None:
        """Go through `states` in turn. Raises NoSuchMove."""
        for state in states:
            check_move(self.status, state)
            self.status = state
        if not self.is_open:
            self.ended_at = at
