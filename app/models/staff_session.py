"""A staff member's open session: the cookie only names it, so that signing out, an idle quarter of an
hour or a raised epoch ends it on the server, whoever still holds the cookie."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.columns import Row, of_practice, refers

#: Automatic logoff (45 CFR 164.312(a)(2)(iii)): no sign of a person for this long.
IDLE = timedelta(minutes=15)
#: However busy, a session ends after a working day.
LONGEST = timedelta(hours=12)
#: How stale `active_at` may be before a request writes it again.
TOUCH = timedelta(minutes=1)


class StaffSession(Row):
    __tablename__ = "staff_session"
    __table_args__ = (
        of_practice(),
        refers("user_id", "user_account"),
        Index(None, "practice_id", "user_id"),
    )

    user_id: Mapped[UUID]
    started_at: Mapped[datetime]
    #: The last sign of a person: a request that was not a page's own poll.
    active_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def is_open(self, *, at: datetime) -> bool:
        is_idle = at - self.active_at >= IDLE
        return self.ended_at is None and not is_idle and at - self.started_at < LONGEST

    def end(self, *, at: datetime) -> None:
        self.ended_at = self.ended_at or at
