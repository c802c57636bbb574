"""How fast a list may leave, and that a stopped one does not: asked inside the outbox's claim. The pace is
one stored moment, as a line's is; the claim has locked the practice's lines, so workers share it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, true, update

from app.core.db import db
from app.models.list_send import ListRecipient, ListSend, ListStatus
from app.models.message import Message
from messaging.lanes import Lane
from messaging.pace import AHEAD, next_slot


def closed_lists(practice_id: UUID, *, at: datetime) -> Sequence[UUID]:
    """Lists of which nothing may leave now: stopped with texts still to be taken back, or at their pace."""
    stopped = and_(ListSend.status == ListStatus.STOPPED, ListSend.due_at.is_not(None))
    return db.session.scalars(
        select(ListSend.id).where(
            ListSend.practice_id == practice_id, or_(stopped, ListSend.free_at > at + AHEAD)
        )
    ).all()


def may_leave(practice_id: UUID, *, at: datetime) -> ColumnElement[bool]:
    """Texts of no list that is closed, and those too old to be of use."""
    closed = closed_lists(practice_id, at=at)
    if not closed:
        return true()
    theirs = select(ListRecipient.message_id).where(
        ListRecipient.practice_id == practice_id,
        ListRecipient.list_id.in_(closed),
        ListRecipient.message_id.is_not(None),
    )
    return or_(Message.lane != Lane.LIST, Message.id.not_in(theirs), Message.not_after <= at)


def turn_of(message: Message, *, at: datetime) -> datetime | None:
    """When the message's list lets it leave: now without a list or a limit, None for not yet.

    What is too old to be of use waits for nothing: the gate closes it.
    """
    row = _list_of(message)
    if row is None or (message.not_after is not None and message.not_after <= at):
        return at
    if row.is_stopped:
        return None
    return next_slot(row.free_at, at=at) if row.per_minute else at


def took_turn(message: Message, moment: datetime) -> None:
    """A text of the list leaves at `moment`; the next one comes after its share of a minute."""
    row = _list_of(message)
    if row is not None and row.per_minute:
        db.session.execute(
            update(ListSend)
            .where(ListSend.practice_id == row.practice_id, ListSend.id == row.id)
            .values(free_at=moment + timedelta(minutes=1) / row.per_minute)
            .execution_options(synchronize_session=False)
        )


def _list_of(message: Message) -> ListSend | None:
    """The list a text belongs to, as it stands now; None for all others, without a look."""
    if message.lane != Lane.LIST:
        return None
    return db.session.scalars(
        select(ListSend)
        .join(
            ListRecipient,
            and_(
                ListRecipient.practice_id == ListSend.practice_id,
                ListRecipient.list_id == ListSend.id,
            ),
        )
        .where(
            ListRecipient.practice_id == message.practice_id,
            ListRecipient.message_id == message.id,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
