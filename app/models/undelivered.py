"""Which texts did not arrive and still need somebody: failed, too late, or in doubt for longer than asking
the carrier takes; not those tried again, whose task is closed, or that somebody has dealt with."""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, and_, literal_column, or_, select
from sqlalchemy.orm import aliased

from app.models.message import Channel, Direction, Message
from app.models.task import OPEN_STATUSES, Task
from messaging.delivery import MessageStatus
from messaging.gate_facts import Purpose

#: Nobody misses an answer to STOP, or a sign-in link that can be asked for again.
MISSED_BY_NOBODY = frozenset({Purpose.SERVICE, Purpose.SIGN_IN})
LOST = (MessageStatus.FAILED, MessageStatus.EXPIRED, MessageStatus.IN_DOUBT)
#: Until then a doubt is being cleared up at the carrier.
DOUBT_ENDS = timedelta(minutes=15)
#: A new try in one of these states is none.
NOT_TRIED = (MessageStatus.CANCELLED, MessageStatus.WITHHELD)


def is_lost(message: Message) -> bool:
    """Whether it is a text of ours that did not arrive, as far as anybody knows."""
    return (
        not message.is_inbound
        and message.channel is Channel.SMS
        and message.status in LOST
        and message.purpose not in MISSED_BY_NOBODY
    )


def undelivered(*, at: datetime) -> ColumnElement[bool]:
    """Condition on Message: lost, and nobody has dealt with it. The first part matches a partial index."""
    doubted_long = or_(
        Message.status != MessageStatus.IN_DOUBT, Message.status_at <= at - DOUBT_ENDS
    )
    return and_(
        Message.dealt_with_at.is_(None),
        Message.status.in_([literal_column(f"'{status}'") for status in LOST]),
        doubted_long,
        Message.direction == Direction.OUTBOUND,
        Message.channel == Channel.SMS,
        Message.purpose.not_in(MISSED_BY_NOBODY),
        ~_tried_again(),
        ~_task_closed(),
    )


@cache
def _tried_again() -> ColumnElement[bool]:
    again = aliased(Message)
    return (
        select(again.id)
        .where(
            again.practice_id == Message.practice_id,
            again.retry_of_id == Message.id,
            again.status.not_in(NOT_TRIED),
        )
        .correlate(Message)
        .exists()
    )


@cache
def _task_closed() -> ColumnElement[bool]:
    return (
        select(Task.id)
        .where(
            Task.practice_id == Message.practice_id,
            Task.id == Message.task_id,
            Task.status.not_in(OPEN_STATUSES),
        )
        .correlate(Message)
        .exists()
    )
