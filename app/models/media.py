"""Files that came with a text: where the carrier keeps each, what became of fetching it, and once it is here
its bytes, encrypted. The row is the queue: `due_at` says when a worker looks at it next."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.core.crypto import EncryptedBytes, EncryptedText
from app.models.message import Message

_WAITING = text("status = 'waiting'")


class MediaStatus(StrEnum):
    WAITING = "waiting"
    FETCHED = "fetched"
    #: Not one we take: too large, of another type, or from an address that is not the carrier's.
    REFUSED = "refused"
    #: The carrier does not have it (any more).
    GONE = "gone"
    #: It could not be fetched in all the tries there are.
    FAILED = "failed"


class Media(Row):
    """One file of one message. `status` other than waiting is final."""

    __tablename__ = "media"
    __table_args__ = (
        of_practice(),
        refers("message_id", "message"),
        UniqueConstraint("practice_id", "message_id", "position"),
        Index("ix_media_due", "due_at", "id",
              sqlite_where=_WAITING, postgresql_where=_WAITING),
    )  # fmt: skip

    message_id: Mapped[UUID]
    #: From 0, in the order the carrier named them.
    position: Mapped[int]
    source: Mapped[str] = mapped_column(EncryptedText)
    #: What the sender's side said it is; only for words, never believed.
    declared_type: Mapped[str] = mapped_column(default="")
    status: Mapped[MediaStatus] = mapped_column(default=MediaStatus.WAITING)
    #: Why it was refused: a word of messaging.carriers.media_errors.
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    #: When it is tried next, or when a try that nobody ended has lapsed; None: not before its message
    #: is confirmed, or never again.
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    #: What its first bytes say it is.
    found_type: Mapped[str | None]
    size: Mapped[int | None]
    sha256: Mapped[str | None]
    #: Loaded only by who asks for it.
    content: Mapped[bytes | None] = mapped_column(EncryptedBytes, deferred=True, sort_order=99)

    message: Mapped[Message] = belongs_to("Media.message_id", "Message")
