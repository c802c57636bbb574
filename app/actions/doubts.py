"""Texts whose fate nobody knows. A callback settles most of them; for the rest the carrier's own list is read
three times in 15 minutes. Found: it left. Not found: repeated once if that does no harm, else a person's."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.actions import delivery
from app.actions.carriers import account_of, carrier_for
from app.actions.outbox_queue import DOUBT_CHECKS, has_status
from app.actions.outbox_settle import give_up
from app.core.crypto import digest
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM, record
from app.models.message import Message, SendAttempt
from app.models.practice import Line, Practice
from messaging.carriers.base import Account, Carrier, CarrierMessage, StatusReport
from messaging.delivery import MessageStatus

#: The carrier's clock may be behind ours.
CLOCK_MARGIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Doubt:
    """One text in doubt, with all that's needed to look it up at the carrier."""

    practice_id: UUID
    message_id: UUID
    account: Account
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    since: datetime
    carrier: Carrier = field(repr=False, compare=False)

    def look_up(self) -> list[CarrierMessage]:
        """What the carrier has on record for this pair. Raises SendError; needs nothing open."""
        return list(
            self.carrier.list_messages(
                self.account, sender=self.sender, recipient=self.recipient, since=self.since
            )
        )


def due_doubts(*, at: datetime, limit: int = 50) -> list[Doubt]:
    """Texts in doubt whose next look-up is due, oldest first."""
    rows = db.session.execute(
        select(Message.practice_id, Message.id, Message.line_id, Message.phone_number_id)
        .where(has_status(MessageStatus.IN_DOUBT), Message.due_at <= at)
        .order_by(Message.status_at, Message.id)
        .limit(limit)
    ).all()
    return [_doubt(*row) for row in rows]


def settle_doubt(doubt: Doubt, listed: Iterable[CarrierMessage], *, at: datetime) -> None:
    """Settle one text by what the carrier listed, or set the next look-up; after the last, decide."""
    message = db.session.get_one(
        Message,
        (doubt.practice_id, doubt.message_id),
        with_for_update=True,
        populate_existing=True,
    )
    if message.status is not MessageStatus.IN_DOUBT:
        return  # a callback was faster
    found = _ours(message, listed)
    if found is not None:
        delivery.apply_report(message, _report(doubt, found), at=at)
        return
    due = message.due_at or at
    later = [check for check in DOUBT_CHECKS if message.status_at + check > due]
    if later:
        message.due_at = message.status_at + later[0]
    elif _may_repeat(message, at=at):
        message.move(MessageStatus.QUEUED, at=at)
        message.due_at = at
        record(message, "message.repeated", by=SYSTEM, at=at, attempt=message.attempts)
    else:
        give_up(message, MessageStatus.FAILED, at=at, why="in_doubt")


def _doubt(
    practice_id: UUID, message_id: UUID, line_id: UUID | None, number_id: UUID | None
) -> Doubt:
    practice = db.session.get_one(Practice, practice_id)
    line = db.session.get_one(Line, (practice_id, line_id))
    number = db.session.get_one(PhoneNumber, (practice_id, number_id))
    started = db.session.scalar(
        select(func.min(SendAttempt.started_at)).where(
            SendAttempt.practice_id == practice_id, SendAttempt.message_id == message_id
        )
    )
    if started is None:
        raise LookupError("a text in doubt has an attempt")
    return Doubt(
        practice_id,
        message_id,
        account_of(line),
        line.number,
        number.e164,
        started - CLOCK_MARGIN,
        carrier_for(practice),
    )


def _report(doubt: Doubt, found: CarrierMessage) -> StatusReport:
    """What the list says, as a delivery report would have said it."""
    return StatusReport(
        provider_id=found.provider_id,
        account_sid=doubt.account.sid,
        sender=found.sender,
        recipient=found.recipient,
        status=found.status,
        error_code=found.error_code,
    )


def _ours(message: Message, listed: Iterable[CarrierMessage]) -> CarrierMessage | None:
    """The listed text with the equal body that no message of ours owns; the oldest of several."""
    equal = [
        kept
        for kept in listed
        if kept.direction == "outbound" and digest(kept.body) == message.body_digest
    ]
    owned = set(
        db.session.scalars(
            select(Message.provider_id).where(
                Message.practice_id == message.practice_id,
                Message.provider_id.in_([kept.provider_id for kept in equal]),
            )
        )
    )
    free = [kept for kept in equal if kept.provider_id not in owned]
    return min(free, key=lambda kept: kept.created_at, default=None)


def _may_repeat(message: Message, *, at: datetime) -> bool:
    """Once, if it does no harm, and while it's still of use."""
    if not message.repeatable or (message.not_after is not None and message.not_after <= at):
        return False
    repeats = select(func.count()).where(
        SendAttempt.practice_id == message.practice_id,
        SendAttempt.message_id == message.id,
        SendAttempt.outcome.is_(None) | (SendAttempt.outcome == "in_doubt"),
    )
    return int(db.session.scalar(repeats) or 0) <= 1
