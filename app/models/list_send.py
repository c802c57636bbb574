"""A text sent to a list of patients: the words, whom it was meant for, and one row per person. The messages
themselves are rows like any other; the person's row says which of them is theirs."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.user import User

_HAS_WORK = text("due_at IS NOT NULL")


class ListStatus(StrEnum):
    SENDING = "sending"
    STOPPED = "stopped"


class ListSend(Row):
    """One decision to text a list. `audience` holds the filter as it was: `args` as in an address, and
    `words`; `words` of the list are templates by language."""

    __tablename__ = "list_send"
    __table_args__ = (
        of_practice(),
        refers("by_id", "user_account"),
        refers("stopped_by_id", "user_account"),
        UniqueConstraint("practice_id", "key"),
        CheckConstraint("per_minute > 0", "pace"),
        Index(None, "practice_id", "created_at"),
        Index("ix_list_send_due", "due_at", "id", sqlite_where=_HAS_WORK,
              postgresql_where=_HAS_WORK),
    )  # fmt: skip

    #: Made with the form: pressing twice is one list.
    key: Mapped[str]
    #: Of the words and the people: two persons pressing is one list, too.
    digest: Mapped[str]
    audience: Mapped[dict[str, Any]]
    words: Mapped[dict[str, Any]]
    #: Whoever reads a language without words of its own gets the English ones.
    others_get_english: Mapped[bool] = mapped_column(default=False)
    #: messaging.gate.Purpose: what consent it needs.
    purpose: Mapped[str]
    send_after: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    per_minute: Mapped[int | None]
    total: Mapped[int]
    status: Mapped[ListStatus] = mapped_column(default=ListStatus.SENDING)
    #: When the sweep has something to write or take back; None = nothing.
    due_at: Mapped[datetime | None]
    #: With `per_minute`: when its next text may leave.
    free_at: Mapped[datetime | None]
    by_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    #: When every person's message had been written.
    written_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stopped_by_id: Mapped[UUID | None]

    by: Mapped[User | None] = belongs_to("ListSend.by_id", "User")

    @property
    def is_stopped(self) -> bool:
        return self.status is ListStatus.STOPPED

    def is_over(self, at: datetime) -> bool:
        """Its words have lost their use."""
        return self.not_after is not None and at > self.not_after


class ListProblem(StrEnum):
    """Why no message could be written for a person."""

    NO_WORDS = "no_words"
    BROKEN = "broken"
    #: Urgent words of theirs wait for a person's answer.
    URGENT = "urgent"


class ListRecipient(Row):
    """One person of a list as it was confirmed, and their message once it is written."""

    __tablename__ = "list_recipient"
    __table_args__ = (
        of_practice(),
        refers("list_id", "list_send"),
        refers("patient_id", "patient"),
        refers("message_id", "message"),
        UniqueConstraint("practice_id", "list_id", "patient_id"),
        UniqueConstraint("practice_id", "message_id"),
        Index(None, "practice_id", "list_id", "position"),
    )

    list_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    position: Mapped[int]
    message_id: Mapped[UUID | None]
    problem: Mapped[ListProblem | None]
    #: When the stop button took the message back; only such a one may be put back.
    stopped_at: Mapped[datetime | None]
