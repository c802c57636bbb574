"""A board narrowed the way somebody likes it, under a name of their own; one may be what opens first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers


class SavedFilter(Row):
    """`chosen` is the board's address: its view and what it is narrowed to."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        of_practice(),
        refers("user_id", "user_account"),
        UniqueConstraint("practice_id", "user_id", "name"),
        Index("uq_saved_filter_default", "practice_id", "user_id", unique=True,
              sqlite_where=text("is_default"), postgresql_where=text("is_default")),
    )  # fmt: skip

    user_id: Mapped[UUID]
    name: Mapped[str]
    chosen: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
