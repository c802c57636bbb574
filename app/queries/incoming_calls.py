"""Calls that came in, for the pages that show them: of one thread, and those that still wait for a call
back. The threads were found through access."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.access import seen, visible_conversations
from app.core.db import db
from app.core.errors import NotFound
from app.models.conversation import Conversation
from app.models.incoming_call import IncomingCall
from app.models.viewer import Viewer
from messaging.calls import CallEnd


def call_for(viewer: Viewer, call_id: UUID) -> IncomingCall:
    """A call of a thread the viewer sees. Raises NotFound; the look is noted for the access log."""
    threads = visible_conversations(viewer).with_only_columns(Conversation.id)
    found = db.session.scalars(
        select(IncomingCall).where(
            IncomingCall.practice_id == viewer.practice_id,
            IncomingCall.id == call_id,
            IncomingCall.conversation_id.in_(threads),
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    if found.patient_id is not None:
        seen(viewer, [found.patient_id], through="thread")
    return found


def unanswered_calls(viewer: Viewer, threads: Sequence[Conversation]) -> dict[UUID, IncomingCall]:
    """The newest call of each waiting thread that nobody has answered since the wait began."""
    rows = db.session.scalars(
        select(IncomingCall)
        .join(
            Conversation,
            and_(
                Conversation.practice_id == IncomingCall.practice_id,
                Conversation.id == IncomingCall.conversation_id,
            ),
        )
        .where(
            IncomingCall.practice_id == viewer.practice_id,
            IncomingCall.conversation_id.in_([thread.id for thread in threads]),
            IncomingCall.called_at >= Conversation.waiting_since,
            or_(IncomingCall.end.is_(None), IncomingCall.end != CallEnd.ANSWERED),
        )
        .order_by(IncomingCall.called_at, IncomingCall.id)
    )
    return {row.conversation_id: row for row in rows}


def calls_of(
    viewer: Viewer, conversation: Conversation, *, since: datetime | None, limit: int
) -> list[IncomingCall]:
    """The newest calls of a thread, from a moment on."""
    rows = select(IncomingCall).where(
        IncomingCall.practice_id == viewer.practice_id,
        IncomingCall.conversation_id == conversation.id,
    )
    if since is not None:
        rows = rows.where(IncomingCall.called_at >= since)
    newest = rows.order_by(IncomingCall.called_at.desc(), IncomingCall.id.desc())
    return list(db.session.scalars(newest.limit(limit)))
