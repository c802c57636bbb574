"""What it means that a message left: sent, perhaps delivered, and one row of the touchpoint ledger. Used
by the outbox, by delivery reports and by what settles a doubt; saying it twice changes nothing."""

from datetime import datetime

from app.actions import touchpoints
from app.actions.touchpoint_context import Context
from app.models.event import SYSTEM, Actor, record
from app.models.message import Message
from messaging.delivery import MessageStatus, advance


def handed_over(
    message: Message,
    *,
    at: datetime,
    provider_id: str | None = None,
    status: MessageStatus = MessageStatus.SENT,
    segments: int | None = None,
    by: Actor = SYSTEM,
    context: Context | None = None,
) -> None:
    """The carrier has the message; `status` is what it says became of it so far. Only moves forward.

    `context`: the patient's as of `at`, when it was read with others'.
    """
    message.provider_id = message.provider_id or provider_id
    message.segments = segments or message.segments
    message.due_at = message.lease_until = None
    leaves_now = message.move(MessageStatus.SENT, at=at)
    if leaves_now:
        record(message, "message.sent", by=by, at=at, channel=message.channel)
    message.sent_at = message.sent_at or at
    as_sent = context if message.sent_at == at else None
    touchpoints.of_message(message, at=at, is_new=leaves_now, context=as_sent)
    if advance(message.status, status) is status and message.move(status, at=at):
        record(message, f"message.{status}", by=by, at=at, channel=message.channel)


def arrived(message: Message, *, at: datetime) -> None:
    """A portal message is where the patient reads it: no carrier is needed."""
    handed_over(message, at=at, status=MessageStatus.DELIVERED)
