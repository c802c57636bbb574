"""What the API reads and gives about messages, and the header that makes a repeat harmless."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.v1.paging import Page
from app.api.v1.schemas import Moment, Shown, Strict, Text, WarningOut
from app.models.message import Channel, Direction, Message
from messaging.delivery import MessageStatus


class KeyHeader(Strict):
    """A seen key gives the first answer again and writes nothing."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    key: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,190}$")] | None = Field(
        None, alias="Idempotency-Key"
    )


class MessageIn(Strict):
    """A message from staff: consent and quiet hours hold, frequency caps do not."""

    patient_id: UUID
    channel: Channel
    body: Text
    send_after: Moment | None = None
    not_after: Moment | None = Field(None, description="Not sent any more after this moment.")
    repeatable: bool = Field(
        False, description="May be sent a second time if the carrier's answer was lost."
    )


class MessageOut(Shown):
    """A message. `reason` says why it was withheld; `due_at` when a queued one is looked at next."""

    id: UUID
    patient_id: UUID | None
    conversation_id: UUID
    task_id: UUID | None
    direction: Direction
    channel: Channel
    body: str
    language: str
    status: MessageStatus
    reason: str | None
    explanation: str | None
    status_at: datetime
    send_after: datetime | None
    not_after: datetime | None
    due_at: datetime | None
    is_automated: bool
    segments: int | None
    error_code: int | None
    sent_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime


class MessageMade(MessageOut):
    """The message just written. `warnings`: what the wording risks, as the reply box would say."""

    warnings: list[WarningOut] = []


class MessagePage(Page):
    items: list[MessageOut]


def message_out(row: Message) -> MessageOut:
    """The message with the gate's reason where it was withheld."""
    columns: dict[str, Any] = {
        name: getattr(row, name) for name in MessageOut.model_fields if hasattr(row, name)
    }
    withheld = row.withheld_reason is not None and row.verdict is not None
    explanation = row.verdict.get("rule") if withheld and row.verdict else None
    return MessageOut(**columns, reason=row.withheld_reason, explanation=explanation)
