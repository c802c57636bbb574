"""A month of the ledger that was closed: who, with what left open and why, and the signed export that froze
it. Opening it again keeps all that."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Index, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers
from app.core.db import db


class MonthClose(Row):
    __tablename__ = "month_close"
    __table_args__ = (
        of_practice(),
        refers("closed_by_id", "user_account"),
        refers("reopened_by_id", "user_account"),
        refers("export_id", "export_run"),
        Index("uq_month_close_closed", "practice_id", "month", unique=True,
              sqlite_where=text("reopened_at IS NULL"),
              postgresql_where=text("reopened_at IS NULL")),
    )  # fmt: skip

    #: Like 2026-03, where the practice is.
    month: Mapped[str]
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[UUID]
    #: What the checklist still counted then, by name.
    left_open: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str | None]
    export_id: Mapped[UUID]
    reopened_at: Mapped[datetime | None]
    reopened_by_id: Mapped[UUID | None]
    reopen_reason: Mapped[str | None]


#: Why a row is marked late that came after its month was closed.
AFTER_CLOSE = "the month was closed before"


def came_after_close(practice_id: UUID, zone: str, *, worked_at: datetime, at: datetime) -> bool:
    """Is the month of the work closed by now? Only a month that is over can be, so most rows cost no look."""
    month, now = (f"{moment.astimezone(ZoneInfo(zone)):%Y-%m}" for moment in (worked_at, at))
    if month >= now:
        return False
    closed = select(MonthClose.id).where(
        MonthClose.practice_id == practice_id, MonthClose.month == month,
        MonthClose.reopened_at.is_(None),
    )  # fmt: skip
    return db.session.scalar(closed) is not None
