"""What happened to a referral, when, and who said so: one row per milestone. One that was recorded by
mistake is taken back, not deleted. And the practice's list of who is a good fit for its care."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers
from app.core.crypto import EncryptedText
from app.models.referral_state import MilestoneKind
from app.models.task import Evidence


class ReferralMilestone(Row):
    __tablename__ = "referral_milestone"
    __table_args__ = (
        of_practice(),
        refers("referral_id", "referral"),
        Index(
            "uq_referral_milestone_standing", "practice_id", "referral_id", "kind", unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
    )  # fmt: skip

    referral_id: Mapped[UUID]
    kind: Mapped[MilestoneKind]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    by_kind: Mapped[str]
    by_id: Mapped[UUID | None]
    #: How it is known, where that matters: kept and outcome.
    evidence: Mapped[Evidence | None]
    note: Mapped[str | None] = mapped_column(EncryptedText)
    taken_back_at: Mapped[datetime | None]


class FitCriterion(Row):
    """One line of whom this practice's care is for, as agreed with those who refer."""

    __tablename__ = "fit_criterion"
    __table_args__ = (of_practice(),)

    text: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
