"""Leave: who is away from which day to which, who covers for them, what goes over and what comes back."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.user import User

UNFINISHED = "ended_at IS NULL AND taken_back_at IS NULL"


class Handing(StrEnum):
    """What goes over: everything when the leave begins, or what comes up while it lasts."""

    ALL = "all"
    AS_NEEDED = "as_needed"


class OnReturn(StrEnum):
    """What becomes of it afterwards, as far as it is still open."""

    BACK = "back"
    STAYS = "stays"


class Absence(Row):
    """Whole local days of the practice; `starts_at` and `ends_at` (exclusive) are derived from them."""

    __tablename__ = "absence"
    __table_args__ = (
        of_practice(),
        refers("user_id", "user_account"),
        refers("cover_id", "user_account"),
        refers("entered_by_id", "user_account"),
        CheckConstraint("to_on >= from_on", "days"),
        CheckConstraint("cover_id <> user_id", "cover"),
        Index("ix_absence_unfinished", "practice_id", "user_id", "starts_at",
              sqlite_where=text(UNFINISHED), postgresql_where=text(UNFINISHED)),
        Index("ix_absence_running", "starts_at", "id",
              sqlite_where=text(UNFINISHED), postgresql_where=text(UNFINISHED)),
        Index(None, "practice_id", "to_on"),
    )  # fmt: skip

    user_id: Mapped[UUID]
    #: None: the team's pool, which everybody on the team sees.
    cover_id: Mapped[UUID | None]
    from_on: Mapped[date]
    to_on: Mapped[date]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    handing: Mapped[Handing] = mapped_column(default=Handing.AS_NEEDED)
    on_return: Mapped[OnReturn] = mapped_column(default=OnReturn.BACK)
    #: How long pressing work may wait for the cover before everybody sees it.
    pool_after_minutes: Mapped[int] = mapped_column(default=60)
    entered_by_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]

    user: Mapped[User] = belongs_to("Absence.user_id", "User")
    cover: Mapped[User | None] = belongs_to("Absence.cover_id", "User")

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.taken_back_at is not None

    def is_running(self, at: datetime) -> bool:
        return not self.is_over and self.starts_at <= at < self.ends_at
