"""Texts whose fate nobody knows. A callback settles most of them; for the rest the carrier's own list is read
three times in 15 minutes. Found: it left. Not found: repeated once if that does no harm, else a person's."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from app.actions import delivery
from app.actions.carriers import account_of, carrier_for
from app.actions.outbox_queue import DOUBT_CHECKS, has_status
from app.actions.outbox_settle import give_up
from app.core.crypto import digest
from app.core.db import db, savepoint
from app.core.log import logger
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM, record
from app.models.message import Message, SendAttempt
from app.models.practice import Line, Practice
from messaging.carriers.base import Account, Carrier, CarrierMessage, StatusReport
from messaging.delivery import MessageStatus

log = logger("doubts")
#: The carrier's clock may be behind ours.
CLOCK_MARGIN = timedelta(minutes=2)
#: A look-up that could not be made is made again this much later. It says nothing about the text.
PUT_OFF = timedelta(minutes=1)


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
    """Texts in doubt whose next look-up is due, the longest due first.

    One that can't even be read is put off, so that it holds up no other.
    """
    rows = db.session.execute(
        select(Message.practice_id, Message.id, Message.line_id, Message.phone_number_id)
        .where(has_status(MessageStatus.IN_DOUBT), Message.due_at <= at)
        .order_by(Message.due_at, Message.id)
        .limit(limit)
    ).all()
    found = []
    for row in rows:
        try:
            with savepoint():
                found.append(_doubt(*row))
        except OperationalError:  # the database's trouble, not the row's
            raise
        except Exception:
            log.exception("a text in doubt can't be looked up", message_id=str(row.id))
            put_off(row.practice_id, row.id, at=at)
    return found


def put_off(practice_id: UUID, message_id: UUID, *, at: datetime) -> None:
    """The look-up could not be made: it comes again, and is not counted as one that found nothing."""
    db.session.execute(
        update(Message)
        .where(
            Message.practice_id == practice_id,
            Message.id == message_id,
            Message.status == MessageStatus.IN_DOUBT,
        )
        .values(due_at=at + PUT_OFF)
        .execution_options(synchronize_session=False)
    )


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
    looks = _count_look(message)
    if looks < len(DOUBT_CHECKS):
        message.due_at = max(at, message.status_at + DOUBT_CHECKS[looks])
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
        is_waiting=found.status is MessageStatus.SENT,  # the list tells both by one word
    )


def _ours(message: Message, listed: Iterable[CarrierMessage]) -> CarrierMessage | None:
    """The listed text with the equal body that no other message of ours owns; the oldest of several."""
    equal = [
        kept
        for kept in listed
        if kept.direction == "outbound" and digest(kept.body) == message.body_digest
    ]
    free = [kept for kept in equal if not delivery.is_anothers(message, kept.provider_id)]
    return min(free, key=lambda kept: kept.created_at, default=None)


def _count_look(message: Message) -> int:
    """One more list that did not hold the newest try; how many there were."""
    attempt = db.session.scalars(
        select(SendAttempt)
        .where(SendAttempt.practice_id == message.practice_id, SendAttempt.message_id == message.id)
        .order_by(SendAttempt.epoch.desc())
        .limit(1)
    ).one()
    attempt.listings += 1
    return attempt.listings


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
