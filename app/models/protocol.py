"""Protocols: the declared steps of a task type, versioned per practice. A running task keeps the
version it began with. `definition` is checked by `app.models.protocol_definition`."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers
from app.models.task import TaskType


class Approval(StrEnum):
    """Of words patients read: given (or none needed), awaited from another lead or admin, refused."""

    GIVEN = "given"
    AWAITED = "awaited"
    REFUSED = "refused"


class Protocol(Row):
    __tablename__ = "protocol"
    __table_args__ = (
        of_practice(),
        refers("decided_by_id", "user_account"),
        UniqueConstraint("practice_id", "task_type", "version"),
        Index("uq_protocol_current", "practice_id", "task_type", unique=True,
              sqlite_where=text("is_current"), postgresql_where=text("is_current")),
    )  # fmt: skip

    task_type: Mapped[TaskType]
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    is_current: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    #: Who of the practice made this version, and why; None for a shipped one.
    made_by_id: Mapped[UUID | None]
    why: Mapped[str | None]
    approval: Mapped[Approval] = mapped_column(default=Approval.GIVEN, server_default="given")
    #: The version it was written on.
    based_on: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]

    @property
    def is_own(self) -> bool:
        return self.made_by_id is not None
