"""Referrals and the offices that send them. The states are in `referral_state`, what happened on the way in
`referral_milestone`; only a recorded update to the referring PCP ends the one-week follow-up."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.core.crypto import EncryptedText
from app.core.errors import Invalid
from app.models.patient import Patient
from app.models.referral_clock import last_minute
from app.models.referral_state import OPEN, WITH_REASON, ReferralStatus, check_move

#: As SQL, for the partial index of the sweep.
_OPEN = text("status IN ('requested', 'accepted', 'in_progress', 'on_hold')")
_WAKES = text("wakes_at IS NOT NULL AND status = 'on_hold'")
_ASKED = text("office_asked_at IS NOT NULL")
_UNTOLD = text("pcp_told_at IS NULL AND pcp_overdue_since IS NULL")


class Referrer(Row):
    """An office that refers patients: its clinicians, e-mail, fax and phones."""

    __tablename__ = "referrer"
    __table_args__ = (
        of_practice(),
        UniqueConstraint("practice_id", "name"),
        Index("uq_referrer_form_code", "practice_id", "form_code", unique=True),
    )

    name: Mapped[str]
    clinicians: Mapped[list[str]] = mapped_column(default=list)
    email: Mapped[str | None]
    fax: Mapped[str | None]
    phone: Mapped[str | None]
    #: On its printed form; typing it opens the staff form for this office.
    form_code: Mapped[str | None]
    #: When its next weekly digest is due; None: none was sent yet.
    digest_due_at: Mapped[datetime | None]
    #: Another record of the same office, which stands for this one (`partner_merge`).
    merged_into_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class Referral(Row):
    __tablename__ = "referral"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("referrer_id", "referrer"),
        refers("unmet_criterion_id", "fit_criterion"),
        UniqueConstraint("practice_id", "source_id"),
        Index(None, "practice_id", "received_at", "id"),
        Index(
            "ix_referral_week", "week_ends_at", "id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD
        ),
        Index(None, "practice_id", "patient_id"),
        Index("ix_referral_open", "received_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_referral_wakes", "wakes_at", "id", sqlite_where=_WAKES, postgresql_where=_WAKES),
        Index(
            "ix_referral_asked",
            "practice_id",
            "office_asked_at",
            sqlite_where=_ASKED,
            postgresql_where=_ASKED,
        ),
    )
    change_kind: ClassVar[str | None] = "referral"

    patient_id: Mapped[UUID]
    referrer_id: Mapped[UUID | None]
    #: Name of the referring clinician as written on the referral.
    referred_by: Mapped[str | None]
    reason: Mapped[str] = mapped_column(EncryptedText)
    status: Mapped[ReferralStatus] = mapped_column(default=ReferralStatus.REQUESTED)
    #: Why it was rejected, is on hold, was cancelled or failed.
    status_reason: Mapped[str | None] = mapped_column(EncryptedText)
    #: On hold: when it goes on by itself; None: somebody lets it.
    wakes_at: Mapped[datetime | None]
    #: Whether they are whom this care is for; None: nobody looked yet.
    is_fit: Mapped[bool | None]
    #: Why not, as one of the practice's own criteria; counted.
    unmet_criterion_id: Mapped[UUID | None]
    #: When it reached the practice; the week runs from here.
    received_at: Mapped[datetime]
    connected_at: Mapped[datetime | None]
    pcp_told_at: Mapped[datetime | None]
    #: First moment at which both clocks are late: patient in touch, office told.
    week_ends_at: Mapped[datetime | None]
    #: The week was over and the office had not been told.
    pcp_overdue_since: Mapped[datetime | None]
    #: Since when a question of the office waits for an answer.
    office_asked_at: Mapped[datetime | None]
    source_id: Mapped[str | None]
    created_at: Mapped[datetime]

    patient: Mapped[Patient] = belongs_to("Referral.patient_id", "Patient")
    referrer: Mapped[Referrer | None] = belongs_to("Referral.referrer_id", "Referrer")

    @property
    def last_minute(self) -> datetime | None:
        return last_minute(self.week_ends_at) if self.week_ends_at else None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def move(self, to: ReferralStatus, *, reason: str | None = None) -> None:
        """Change the state. Raises NoSuchMove, and Invalid where a reason is missing."""
        check_move(self.status, to)
        said = (reason or "").strip() or None
        if to in WITH_REASON and said is None:
            raise Invalid("Write why.", field="reason")
        self.status, self.status_reason, self.wakes_at = to, said, None


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
    #: They were not told after all: it stands for nothing any more.
    taken_back_at: Mapped[datetime | None]
