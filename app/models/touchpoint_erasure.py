"""Texts of the ledger that were deleted on lawful request: which, why and by whom. The chain keeps their
commitments; this tells a deletion that was asked for from one that was not."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, of_practice, refers


class TouchpointErasure(Base):
    __tablename__ = "touchpoint_erasure"
    __table_args__ = (
        of_practice(),
        refers("by_id", "user_account"),
    )

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    touchpoint_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str]
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]
