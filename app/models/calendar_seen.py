"""What the calendar said when a practice's due moments were last worked out, and how far working them out
again has come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, of_practice


class CalendarSeen(Base):
    """One row a practice. `said` is a digest of its holidays, closed days and its zone's midnights."""

    __tablename__ = "calendar_seen"
    __table_args__ = (of_practice(),)

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    said: Mapped[str]
    #: While tasks are gone through after a change: the digest they are brought to, and the last one done.
    coming: Mapped[str | None]
    reached_id: Mapped[UUID | None]
    moved: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
