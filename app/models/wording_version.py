"""Every version of a practice's own wording: who wrote it, who let it be used or sent it back, and why. The
words in force are `app.models.message.MessageTemplate`; they are always a copy of an approved version."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.user import User

#: How a message and a version name the words that Touchline ships.
SHIPPED = 0
_IS_DRAFT = text("state = 'draft'")


class VersionState(StrEnum):
    #: Waits for approval; never used.
    DRAFT = "draft"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    #: A newer draft took its place before anybody decided.
    REPLACED = "replaced"
    #: Its writer took it back.
    DISCARDED = "discarded"


class WordingVersion(Row):
    """One version of a wording in one language. Its words never change; only its state is decided, once."""

    __tablename__ = "wording_version"
    __table_args__ = (
        of_practice(),
        refers("author_id", "user_account"),
        refers("decided_by_id", "user_account"),
        UniqueConstraint("practice_id", "key", "language", "number"),
        Index("uq_wording_version_draft", "practice_id", "key", "language", unique=True,
              sqlite_where=_IS_DRAFT, postgresql_where=_IS_DRAFT),
    )  # fmt: skip

    key: Mapped[str]
    language: Mapped[str]
    #: Counts from 1 per key and language.
    number: Mapped[int]
    title: Mapped[str]
    #: "" = given up: nothing of the practice's own counts from here on.
    body: Mapped[str]
    #: Offered to staff in the reply box.
    is_reply: Mapped[bool] = mapped_column(default=False)
    state: Mapped[VersionState]
    #: None = written before versions were kept, or by the system.
    author_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    #: Why it was sent back.
    reason: Mapped[str | None]
    #: Goes back to the words of this version; SHIPPED = to those that come with Touchline.
    same_as: Mapped[int | None]

    author: Mapped[User | None] = belongs_to("WordingVersion.author_id", "User")
    decided_by: Mapped[User | None] = belongs_to("WordingVersion.decided_by_id", "User")

    @property
    def is_draft(self) -> bool:
        return self.state is VersionState.DRAFT

    @property
    def is_usable(self) -> bool:
        """Whether it was approved and holds words of the practice's own."""
        return self.state is VersionState.APPROVED and bool(self.body)

    @property
    def approved_alone(self) -> bool:
        """Its writer approved it: nobody else could."""
        is_own = self.author_id is not None and self.author_id == self.decided_by_id
        return self.state is VersionState.APPROVED and is_own and self.same_as is None
