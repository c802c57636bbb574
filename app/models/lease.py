"""Rows that belong to the processes, not to a practice: who runs the ticks, and what the sandbox
carrier 'accepted' (an invented phone company's memory)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, Row, of_practice
from app.core.crypto import EncryptedText


class WorkerLease(Base):
    """One runner by name; `epoch` rises with each new holder."""

    __tablename__ = "worker_lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    epoch: Mapped[int]
    lease_until: Mapped[datetime]


class SandboxMessage(Row):
    """A text on an invented phone, in or out."""

    __tablename__ = "sandbox_message"
    __table_args__ = (
        of_practice(),
        UniqueConstraint("practice_id", "provider_id"),
        Index(None, "practice_id", "recipient", "at"),
        Index(None, "practice_id", "sender", "at"),
    )

    provider_id: Mapped[str]
    #: Our message's id when we sent it.
    message_id: Mapped[UUID | None]
    sender: Mapped[str]
    recipient: Mapped[str]
    body: Mapped[str] = mapped_column(EncryptedText)
    #: inbound (from the phone) or outbound (to the phone)
    direction: Mapped[str]
    at: Mapped[datetime]
