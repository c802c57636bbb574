"""Two records of one office or community organization: that one was merged into the other, what moved with
it, and pairs somebody said are two. A merge is taken back row by row, as a patient's is (decision 0049)."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, Row, of_practice, refers
from app.models.community_organization import CommunityOrganization
from app.models.referral import Referrer

Partner = Referrer | CommunityOrganization

_STANDS = text("undone_at IS NULL")


class PartnerKind(StrEnum):
    OFFICE = "office"
    ORGANIZATION = "organization"


class PartnerMerge(Row):
    """`merged_id` stands for `survivor_id` from now on, until it is undone."""

    __tablename__ = "partner_merge"
    __table_args__ = (
        of_practice(),
        refers("merged_by_id", "user_account"),
        refers("undone_by_id", "user_account"),
        Index("uq_partner_merge_merged", "practice_id", "merged_id", unique=True,
              sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index(None, "practice_id", "survivor_id"),
    )  # fmt: skip

    kind: Mapped[PartnerKind]
    #: Two referrers or two organizations, as `kind` says.
    survivor_id: Mapped[UUID]
    merged_id: Mapped[UUID]
    merged_at: Mapped[datetime]
    merged_by_id: Mapped[UUID | None]
    #: What the survivor's fields held before, what they were set to, and both threads' clocks.
    was: Mapped[dict[str, Any]] = mapped_column(default=dict)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[UUID | None]


class PartnerMergeMove(Base):
    """One row that now belongs to the survivor, and where it was."""

    __tablename__ = "partner_merge_move"
    __table_args__ = (of_practice(), refers("merge_id", "partner_merge"))

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    merge_id: Mapped[UUID] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The columns that changed, as they were: ids as text.
    was: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PartnerNotSame(Base):
    """Somebody looked: these two are different. The smaller id first."""

    __tablename__ = "partner_not_same"
    __table_args__ = (
        of_practice(),
        refers("said_by_id", "user_account"),
        CheckConstraint("first_id < second_id", "in_order"),
    )

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_id: Mapped[UUID] = mapped_column(primary_key=True)
    second_id: Mapped[UUID] = mapped_column(primary_key=True)
    said_at: Mapped[datetime]
    said_by_id: Mapped[UUID | None]
