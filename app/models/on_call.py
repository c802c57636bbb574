"""Who is on call: the one member of staff whom a message with urgent words goes to at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, belongs_to, of_practice, refers
from app.models.user import User


class OnCall(Base):
    """At most one row a practice; none = urgent words wait for everybody."""

    __tablename__ = "on_call"
    __table_args__ = (of_practice(), refers("user_id", "user_account"))

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    since: Mapped[datetime]

    user: Mapped[User] = belongs_to("OnCall.user_id", "User")
