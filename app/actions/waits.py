"""Taking back what ended or hid a wait: "no answer needed" undone, a snoozed thread woken."""

from datetime import datetime

from app.core.errors import Conflict
from app.models.conversation import Conversation
from app.models.event import Actor, newest, record


def unsettle(conversation: Conversation, *, by: Actor, at: datetime) -> Conversation:
    """The thread waits again since the moment it did before it was settled.

    Raises Conflict when it was not waiting then, or something has moved since.
    """
    settled = newest(conversation, "conversation.settled")
    since = settled.facts.get("waiting_since") if settled else None
    if since is None or conversation.waiting_since is not None:
        raise Conflict("This thread has moved on since. Look at it again.")
    conversation.waiting_since = datetime.fromisoformat(since)
    urgent = settled.facts.get("urgent_since") if settled else None
    conversation.urgent_since = datetime.fromisoformat(urgent) if urgent else None
    record(conversation, "conversation.unsettled", by=by, at=at)
    return conversation


def wake(conversation: Conversation, *, by: Actor, at: datetime) -> Conversation:
    """End a snooze: the thread is back in the list. Awake already = nothing happens."""
    if conversation.snoozed_until is not None:
        conversation.snoozed_until = None
        record(conversation, "conversation.woken", by=by, at=at)
    return conversation
