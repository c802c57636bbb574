"""A thread as the inbox shows it: its newest messages, and between them calls, staff notes and what
happened."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from app.core.db import db
from app.models.conversation import Conversation, ConversationKind, Note
from app.models.event import Event
from app.models.message import Channel, Direction, Message
from app.models.viewer import Viewer
from app.queries.incoming_calls import calls_of
from app.queries.media import files_of
from app.queries.timeline import Moment, Story, staff_names

PAGE = 40
MOST_PAGES = 25
#: Events a thread tells between its messages.
IN_THREAD = (
    "conversation.assigned", "conversation.snoozed", "conversation.settled", "conversation.woken",
    "conversation.text_found", "message.changed", "message.put_back", "message.redirected",
    "conversation.unsettled", "conversation.resolved", "conversation.unresolved", "disclosure.sent",
    "task.created", "task.completed", "task.reopened",
    "task.call_due", "task.barrier_named", "task.reply_unclear", "task.escalated",
    "consent.given", "consent.withdrawn", "consent.declined", "patient.status_changed",
    "patient.automation_paused", "patient.automation_resumed", "referral.connected",
    "referral.pcp_told", "call.logged", "task.answer_taken_back", "conversation.message_moved",
    "conversation.refiled", "disclosure.found",
    "patient.number_ended", "patient.number_restored",
)  # fmt: skip


def thread(viewer: Viewer, conversation: Conversation, *, pages: int = 1) -> Story:
    """A thread (found through access), oldest first: its newest messages with what lies between."""
    size = PAGE * min(max(pages, 1), MOST_PAGES)
    of_thread = (
        Message.practice_id == viewer.practice_id,
        Message.conversation_id == conversation.id,
    )
    messages = list(
        db.session.scalars(
            select(Message)
            .where(*of_thread)
            .order_by(Message.created_at.desc(), Message.id.desc())
            .limit(size + 1)
        )
    )
    shown = messages[:size]
    since = shown[-1].created_at if len(messages) > size else None
    moments = [Moment("message", row.created_at, row) for row in shown]
    moments += _notes(viewer, conversation, since)
    calls = calls_of(viewer, conversation, since=since, limit=size)
    moments += [Moment("call", row.called_at, row) for row in calls]
    moments += _thread_events(viewer, conversation, since, size)
    moments.sort(key=lambda moment: moment.key)
    older = str(pages + 1) if since else None
    return Story(moments, staff_names(viewer), older, files_of(viewer, shown))


def last_heard_through(viewer: Viewer, conversation: Conversation) -> Channel | None:
    """How the person of a thread (found through access) wrote last; None when they never did."""
    return db.session.scalars(
        select(Message.channel)
        .where(
            Message.practice_id == viewer.practice_id,
            Message.conversation_id == conversation.id,
            Message.direction == Direction.INBOUND,
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
    ).first()


def _notes(viewer: Viewer, conversation: Conversation, since: datetime | None) -> Iterable[Moment]:
    rows = select(Note).where(
        Note.practice_id == viewer.practice_id, Note.conversation_id == conversation.id
    )
    if since is not None:
        rows = rows.where(Note.at >= since)
    return [Moment("note", row.at, row) for row in db.session.scalars(rows)]


def _thread_events(
    viewer: Viewer, conversation: Conversation, since: datetime | None, size: int
) -> Iterable[Moment]:
    """System lines: of the thread itself, and for a patient's thread of the patient."""
    about: ColumnElement[bool] = and_(
        Event.subject_type == Conversation.__tablename__, Event.subject_id == conversation.id
    )
    if conversation.kind is ConversationKind.PATIENT:
        about = or_(about, Event.patient_id == conversation.patient_id)
    rows = select(Event).where(
        Event.practice_id == viewer.practice_id, about, Event.kind.in_(IN_THREAD)
    )
    if since is not None:
        rows = rows.where(Event.at >= since)
    newest = rows.order_by(Event.at.desc(), Event.id.desc()).limit(size)
    return [Moment("event", row.at, row) for row in db.session.scalars(newest)]
