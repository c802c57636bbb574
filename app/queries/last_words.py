"""The newest thing said in each of some threads: what the inbox's list and *My day* show beside a name."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from app.core.db import db
from app.models.conversation import Conversation
from app.models.message import Message
from app.models.viewer import Viewer

#: Automatic notices that say nothing about the thread.
AFTER_HOURS = ("service.after_hours", "service.after_hours_urgent")


def last_messages(viewer: Viewer, conversation_ids: list[UUID]) -> dict[UUID, Message]:
    """The newest message of each of these threads, found through an index each.

    Our own "we are closed" does not hide what they wrote.
    """
    newest = aliased(Message)
    last_id = (
        select(newest.id)
        .where(
            newest.practice_id == viewer.practice_id,
            newest.conversation_id == Conversation.id,
            or_(newest.template_key.is_(None), newest.template_key.not_in(AFTER_HOURS)),
        )
        .order_by(newest.created_at.desc(), newest.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    wanted = select(last_id).where(
        Conversation.practice_id == viewer.practice_id, Conversation.id.in_(conversation_ids)
    )
    rows = select(Message).where(
        Message.practice_id == viewer.practice_id, Message.id.in_(wanted.scalar_subquery())
    )
    return {row.conversation_id: row for row in db.session.scalars(rows)}
