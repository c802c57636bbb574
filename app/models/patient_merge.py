"""Two records of one person: that one was merged into the other, what moved with it, and pairs somebody said
are two people. A merge is taken back row by row from what stands here (decision 0049)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, Row, of_practice, refers

_STANDS = text("undone_at IS NULL")


class PatientMerge(Row):
    """`merged_id` stands for `survivor_id` from now on, until it is undone."""

    __tablename__ = "patient_merge"
    __table_args__ = (
        of_practice(),
        refers("survivor_id", "patient"),
        refers("merged_id", "patient"),
        refers("merged_by_id", "user_account"),
        refers("undone_by_id", "user_account"),
        Index("uq_patient_merge_merged", "practice_id", "merged_id", unique=True,
              sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index(None, "practice_id", "survivor_id"),
    )  # fmt: skip

    survivor_id: Mapped[UUID]
    merged_id: Mapped[UUID]
    merged_at: Mapped[datetime]
    merged_by_id: Mapped[UUID | None]
    #: What single fields held before: of the threads, of the survivor; and the consents carried over.
    was: Mapped[dict[str, Any]] = mapped_column(default=dict)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[UUID | None]


class PatientMergeMove(Base):
    """One row that now belongs to the survivor, and where it was."""

    __tablename__ = "patient_merge_move"
    __table_args__ = (of_practice(), refers("merge_id", "patient_merge"))

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    merge_id: Mapped[UUID] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The columns that changed, as they were: ids and moments as text.
    was: Mapped[dict[str, Any]] = mapped_column(default=dict)


class NotSame(Base):
    """Somebody looked: these two are different people. The smaller id first."""

    __tablename__ = "patient_not_same"
    __table_args__ = (
        of_practice(),
        refers("first_id", "patient"),
        refers("second_id", "patient"),
        refers("said_by_id", "user_account"),
        CheckConstraint("first_id < second_id", "in_order"),
    )

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_id: Mapped[UUID] = mapped_column(primary_key=True)
    second_id: Mapped[UUID] = mapped_column(primary_key=True)
    said_at: Mapped[datetime]
    said_by_id: Mapped[UUID | None]
