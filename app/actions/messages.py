"""Writing messages to people. A message is a queued row; nothing here calls a carrier. The gate is asked
when it's written, and again by the outbox in the moment of sending."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from flask import current_app
from sqlalchemy import Executable, ScalarResult, Table, bindparam, func, select, update

from app.actions import handover, message_route, thread_waits, verdicts
from app.actions.message_draft import Draft, message_of
from app.core import effects
from app.core.db import db, insert_into
from app.core.errors import Conflict
from app.core.ids import new_id
from app.models.conversation import Conversation, ConversationKind
from app.models.event import Actor, record
from app.models.message import Channel, Direction, Message
from app.models.message_verdict import Asked
from app.models.topic import note_change
from app.models.viewer import Viewer
from app.models.written_once import make_known, whole_row
from messaging.delivery import MessageStatus
from messaging.gate import Decision, Purpose, Verdict

__all__ = ["Draft", "answers_just_now", "cancel", "find_by_key", "queue", "reply", "wake_outbox"]

#: Extension under which a worker in this process leaves its bell (a callable).
BELL = "touchline.outbox_bell"
#: A reply this soon after the patient wrote answers what they just did.
JUST_NOW = timedelta(hours=1)


def queue(draft: Draft, *, by: Actor, at: datetime) -> Message:
    """Write a message for the outbox; refused by the gate it is *withheld* with the reason.

    A portal message that may go now is delivered in place. Raises Invalid for a body or a recipient
    that can't be used.
    """
    first = find_by_key(draft)
    if first is not None:
        return first
    thread = draft.conversation or message_route.thread_for(
        draft.patient, draft.phone_number, at=at
    )
    row = message_of(draft, thread, at=at)
    judged = verdicts.ask(row, at=at)
    verdict = judged.verdict
    row.verdict = dict(verdict.to_json())
    withheld = verdict.decision is Decision.WITHHELD
    row.status = MessageStatus.WITHHELD if withheld else MessageStatus.QUEUED
    row.due_at = None if withheld else max(at, draft.send_after or at, verdict.until or at)
    message = _insert(row)
    if message is None:  # the same key was written a moment ago, by somebody else
        return _by_key(draft).one()
    verdicts.keep(message, judged, asked=Asked.WRITTEN, at=at)
    _announce(message, verdict, thread, by=by, at=at)
    return message


def find_by_key(draft: Draft) -> Message | None:
    """The message first written under the draft's key, or None."""
    return _by_key(draft).one_or_none()


def reply(
    conversation: Conversation,
    *,
    channel: str,
    body: str,
    by: Viewer,
    at: datetime,
    send_key: str | None = None,
    send_after: datetime | None = None,
    seen: datetime | None = None,
) -> Message:
    """A member of staff answers in a thread: the wait is over, and a thread nobody owns is theirs.

    With `send_after` it leaves then; it can be taken back until it does. A text the gate withholds
    answers nobody, so the wait goes on; so does that of words that came after `seen`.
    """
    patient = conversation.patient
    draft = Draft(
        practice_id=conversation.practice_id,
        conversation=conversation,
        patient=patient,
        phone_number=None if patient else conversation.phone_number,
        channel=channel,
        body=body,
        purpose=Purpose.STAFF_REPLY,
        send_key=send_key or f"reply:{new_id()}",
        author_id=by.id if by.kind == "user" else None,
        solicited=send_after is None and answers_just_now(conversation, at),
        send_after=send_after,
    )
    message = queue(draft, by=by.actor, at=at)
    if message.status is not MessageStatus.WITHHELD:
        thread_waits.end(conversation, seen=seen)
    if conversation.owner_id is None and by.kind == "user":
        conversation.owner_id = by.id
    return message


def cancel(message: Message, *, by: Actor, at: datetime) -> None:
    """Take a message back while it still waits. Raises Conflict when it is leaving or has left."""
    taken = db.session.scalar(
        update(Message)
        .where(
            Message.practice_id == message.practice_id,
            Message.id == message.id,
            Message.status == MessageStatus.QUEUED,
        )
        .values(status=MessageStatus.CANCELLED, status_at=at, due_at=None)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(message)
    if taken is None:
        raise Conflict("This message is on its way already and can't be taken back.")
    note_change(db.session, message.practice_id, "message", message.id)
    record(message, "message.cancelled", by=by, at=at, why="taken_back")


def wake_outbox() -> None:
    """Ring the outbox's bell if it runs in this process; elsewhere its next tick comes within 1 s."""
    ring = current_app.extensions.get(BELL)
    if ring is not None:
        ring()


_OF_KEY = select(Message).where(
    Message.practice_id == bindparam("practice_id"), Message.send_key == bindparam("send_key")
)


def _by_key(draft: Draft) -> ScalarResult[Message]:
    key = {"practice_id": draft.practice_id, "send_key": draft.send_key}
    return db.session.scalars(_OF_KEY, key)


def _insert(row: Message) -> Message | None:
    """Write the row unless its send key is taken, also by a transaction that ends before ours."""
    values = whole_row(Message, row.__dict__)
    if db.session.scalar(_insertion(db.engine.dialect.name), values) is None:
        return None
    make_known(db.session, row, values)
    return row


@cache
def _insertion(_dialect: str) -> Executable:
    """Built once per database kind: it runs for every message that is written."""
    table = cast("Table", Message.__table__)
    unless_taken = insert_into(table).on_conflict_do_nothing(
        index_elements=["practice_id", "send_key"]
    )
    return unless_taken.returning(table.c.id)


def _announce(
    message: Message, verdict: Verdict, thread: Conversation, *, by: Actor, at: datetime
) -> None:
    """Tell what was written, deliver what stays inside the house, and wake the outbox for the rest."""
    thread.last_message_at = at  # a withheld one counts: somebody should see it in the thread
    if message.status is MessageStatus.WITHHELD:
        record(message, "message.withheld", by=by, at=at, reason=verdict.reason.value)
        return
    record(message, "message.queued", by=by, at=at, channel=message.channel,
           purpose=message.purpose, **_ended_wait(message, thread))  # fmt: skip
    if message.channel is Channel.PORTAL and verdict.allowed:
        handover.arrived(message, at=at)
    elif message.due_at is not None and message.due_at <= at:
        effects.after_commit(db.session, wake_outbox)


def _ended_wait(message: Message, thread: Conversation) -> dict[str, Any]:
    """Since when the person waited for this reply, in case it is taken back."""
    if message.purpose != Purpose.STAFF_REPLY.value or thread.waiting_since is None:
        return {}
    urgent = thread.urgent_since
    return {"waited_since": thread.waiting_since.isoformat(),
            "urgent_since": urgent.isoformat() if urgent else None}  # fmt: skip


def answers_just_now(conversation: Conversation, at: datetime) -> bool:
    """Whether the person wrote a moment ago; or an office, or somebody unknown, still waits for an answer."""
    if conversation.waiting_since is None:
        return False
    if conversation.kind is not ConversationKind.PATIENT:
        return True
    heard = db.session.scalar(
        select(func.max(Message.created_at)).where(
            Message.practice_id == conversation.practice_id,
            Message.conversation_id == conversation.id,
            Message.direction == Direction.INBOUND,
        )
    )
    return heard is not None and at - heard <= JUST_NOW
