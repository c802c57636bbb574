"""Which queued rows may be claimed now, and what becomes of leases that ran out."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, literal_column, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from app.actions import list_pace
from app.actions.line_pace import OpenLines
from app.actions.outbox_cards import move_aside
from app.core.db import db, savepoint
from app.core.log import logger
from app.models.event import SYSTEM, record
from app.models.message import Direction, Message, SendAttempt
from messaging.delivery import MessageStatus

log = logger("outbox")
#: A doubt is looked into this long after it arose: three listings at the carrier.
DOUBT_CHECKS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))


def has_status(status: MessageStatus, table: type[Message] = Message) -> ColumnElement[bool]:
    """A condition with the word itself, not a parameter: planners match partial indexes by it."""
    return table.status == literal_column(f"'{status.value}'")


_OTHER = aliased(Message)
#: Another text of its line is on its way to its number.
_SAME_WAY = exists().where(
    _OTHER.practice_id == Message.practice_id,
    has_status(MessageStatus.SENDING, _OTHER),
    _OTHER.line_id == Message.line_id,
    _OTHER.phone_number_id == Message.phone_number_id,
)
#: Nobody knows whether its number got the same words already.
_SAME_TEXT = exists().where(
    _OTHER.practice_id == Message.practice_id,
    has_status(MessageStatus.IN_DOUBT, _OTHER),
    _OTHER.phone_number_id == Message.phone_number_id,
    _OTHER.body_digest == Message.body_digest,
)


def claimable(practice_id: UUID, lines: OpenLines, *, at: datetime, limit: int) -> Select[UUID]:
    """Ids of due rows that nothing holds back, locked against other workers; the urgent lane first.

    Held back: a text of a line that is closed or has no room for it, of a list that is stopped or at its
    pace, or whose line is just sending to that number; and an equal text to a
    number where the fate of the first is in doubt.
    """
    return (
        select(Message.id)
        .where(
            Message.practice_id == practice_id,
            has_status(MessageStatus.QUEUED),
            Message.direction == Direction.OUTBOUND,
            Message.due_at <= at,
            lines.may_leave(at=at),
            list_pace.may_leave(practice_id, at=at),
            ~_SAME_WAY,
            ~_SAME_TEXT,
        )
        .order_by(Message.lane, Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Message)
    )


def release_lapsed(*, at: datetime, limit: int = 200) -> int:
    """End leases that ran out: without an attempt the text is queued again, with one it is in doubt."""
    lapsed = db.session.execute(
        select(Message.practice_id, Message.id)
        .where(has_status(MessageStatus.SENDING), Message.lease_until < at)
        .order_by(Message.lease_until, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Message)
    ).all()
    for practice_id, message_id in lapsed:
        try:
            with savepoint():
                _release(practice_id, message_id, at=at)
        except OperationalError:  # the database's trouble, not the row's
            raise
        except Exception:
            log.exception("a lapsed message broke", message_id=str(message_id))
            move_aside(practice_id, message_id, at=at)
    return len(lapsed)


def doubt(message: Message, *, at: datetime) -> None:
    """Nobody knows whether the carrier took it: never resent on a guess, looked into soon."""
    if message.move(MessageStatus.IN_DOUBT, at=at):
        message.lease_until, message.due_at = None, at + DOUBT_CHECKS[0]
        record(message, "message.in_doubt", by=SYSTEM, at=at)


def _release(practice_id: UUID, message_id: UUID, *, at: datetime) -> None:
    message = db.session.get_one(Message, (practice_id, message_id), populate_existing=True)
    tried = db.session.scalar(
        select(SendAttempt.id).where(
            SendAttempt.practice_id == practice_id,
            SendAttempt.message_id == message_id,
            SendAttempt.epoch == message.claim_epoch,
        )
    )
    if tried is not None:
        doubt(message, at=at)
    elif message.move(MessageStatus.QUEUED, at=at):
        message.lease_until, message.due_at = None, at
