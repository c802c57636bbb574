"""What a thread waits for when something moves in or out of it: the oldest message or call nobody has
answered. The other ends of waits live in `conversations`, `call_backs` and `waits`."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.actions import call_backs
from app.core.db import db
from app.models.conversation import Conversation
from app.models.incoming_call import IncomingCall
from app.models.message import Message

_NEXT = timedelta(microseconds=1)


def end(thread: Conversation, *, seen: datetime | None = None) -> None:
    """Somebody answered, or decided that no answer is needed. What came after `seen`, the newest they had
    before them, nobody has read: it still waits."""
    thread.settle()
    if seen is not None:
        thread.waiting_since = unread_after(thread, seen)
        thread.urgent_since = _next_urgent(thread, seen + _NEXT)


def unread_after(thread: Conversation, seen: datetime) -> datetime | None:
    """When the first came after `seen` that nobody has answered and no rule settled."""
    return _next_waiting(thread, seen + _NEXT)


def leave(thread: Conversation, came_at: datetime) -> None:
    """What came at `came_at` stands elsewhere now: the wait it began goes on from the next one."""
    if thread.waiting_since == came_at:
        thread.waiting_since = _next_waiting(thread, came_at)
        if thread.waiting_since is None:
            thread.settle()
    if thread.urgent_since == came_at:
        thread.urgent_since = _next_urgent(thread, came_at)
    thread.last_message_at = _last_heard(thread)


def enter(thread: Conversation, came_at: datetime, *, waits: bool) -> None:
    """It stands here now, with its time; it waits unless a rule has settled it."""
    thread.last_message_at = max(thread.last_message_at or came_at, came_at)
    if waits:
        thread.waiting_since = min(thread.waiting_since or came_at, came_at)
        thread.snoozed_until = None


def _next_waiting(thread: Conversation, since: datetime) -> datetime | None:
    unread = call_backs.first_unread(thread, since)
    calls = [call for call in call_backs.of_thread(thread) if call.called_at >= since]
    waiting = [at for at in (unread, call_backs.first_unanswered(calls)) if at is not None]
    return min(waiting, default=None)


def _next_urgent(thread: Conversation, since: datetime) -> datetime | None:
    rows = db.session.execute(
        select(Message.created_at, Message.understood)
        .where(
            Message.practice_id == thread.practice_id,
            Message.conversation_id == thread.id,
            Message.created_at >= since,
        )
        .order_by(Message.created_at, Message.id)
    )
    return next((at for at, read in rows if "urgent" in (read or {})), None)


def _last_heard(thread: Conversation) -> datetime | None:
    said = select(func.max(Message.created_at)).where(
        Message.practice_id == thread.practice_id, Message.conversation_id == thread.id
    )
    called = select(func.max(IncomingCall.called_at)).where(
        IncomingCall.practice_id == thread.practice_id, IncomingCall.conversation_id == thread.id
    )
    moments = [db.session.scalar(each) for each in (said, called)]
    return max((at for at in moments if at is not None), default=None)
