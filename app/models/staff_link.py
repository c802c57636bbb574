"""The one-time link by which somebody joins a practice's staff, or chooses a new password. Its secret is
stored nowhere; each e-mail that carries it has one of its own, and using one of them uses the link up."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.user import User


class LinkPurpose(StrEnum):
    INVITE = "invite"
    RESET = "reset"


#: An invitation waits for its first working week; who asked for a new password is waiting now.
LIFETIMES = {LinkPurpose.INVITE: timedelta(days=7), LinkPurpose.RESET: timedelta(hours=24)}


class StaffLink(Row):
    __tablename__ = "staff_link"
    __table_args__ = (
        of_practice(),
        refers("user_id", "user_account"),
        Index(None, "practice_id", "user_id", "created_at"),
    )

    user_id: Mapped[UUID]
    purpose: Mapped[LinkPurpose]
    #: Sent by e-mail; else shown once to whoever made it, to hand over.
    is_mailed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = belongs_to("StaffLink.user_id", "User")

    def is_live(self, *, at: datetime) -> bool:
        return self.used_at is None and self.revoked_at is None and at < self.expires_at
