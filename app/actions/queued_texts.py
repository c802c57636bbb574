"""A reply of staff that still waits to leave: changed, taken back, put back. Each is a conditional update, so
that it either happens before the outbox takes the text or not at all."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.actions import messages, thread_waits, verdicts
from app.actions.message_draft import LONGEST_PORTAL, LONGEST_SMS
from app.core import effects
from app.core.crypto import digest
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation
from app.models.event import Actor, Event, record
from app.models.message import Channel, Message
from app.models.message_verdict import Asked
from app.models.topic import note_change
from messaging import segments
from messaging.delivery import MessageStatus
from messaging.gate import Decision, Verdict

#: A text taken back may be put back this long; later its words may no longer fit.
SECOND_THOUGHTS = timedelta(minutes=10)
GONE = "This message is on its way already and can't be changed."


def may_change(message: Message) -> bool:
    """Whether a person wrote it and it still waits. A protocol's words are its wording's, not ours."""
    return message.status is MessageStatus.QUEUED and message.author_id is not None


def change(
    message: Message,
    *,
    body: str,
    send_after: datetime | None,
    seen: str,
    by: Actor,
    at: datetime,
) -> Message:
    """Give a waiting reply other words or another time; the gate is asked again.

    `seen` is the digest of the words the person changed. Raises Invalid for a body that can't be used,
    Conflict when it is leaving, has left, or somebody else changed it meanwhile.
    """
    if not may_change(message) or message.body_digest != seen:
        raise Conflict(
            GONE if message.body_digest == seen else "Somebody else changed it. Look again."
        )
    words = _words(message, body)
    before: dict[str, Any] = {
        "from_time": _iso(message.send_after),
        "from_segments": message.segments,
    }
    judged, values = _changed(message, words, send_after, at=at)
    if not _update(message, MessageStatus.QUEUED, values, body_digest=seen):
        raise Conflict(GONE)
    verdicts.keep(message, judged, asked=Asked.CHANGED, at=at)
    record(message, "message.changed", by=by, at=at, words=digest(words) != seen,
           to_time=_iso(send_after), to_segments=message.segments, **before)  # fmt: skip
    _tell(message, by=by, at=at)
    return message


def take_back(message: Message, *, by: Actor, at: datetime) -> None:
    """Cancel it; whoever waited for it waits again. Raises Conflict when it is leaving or has left."""
    messages.cancel(message, by=by, at=at)
    thread = _thread(message)
    since, urgent = _waited_since(message)
    if since is not None and thread.waiting_since is None and not _is_answered(message):
        thread.waiting_since, thread.urgent_since = since, urgent
        record(thread, "conversation.waiting", by=by, at=at, why="reply_taken_back")


def put_back(message: Message, *, by: Actor, at: datetime) -> Message:
    """Undo `take_back`: it waits to leave again, if the gate still lets it.

    Raises Conflict when that was too long ago, or it is not a text that was taken back before any try.
    """
    fresh = message.attempts == 0 and message.provider_id is None
    if not fresh or message.author_id is None or at - message.status_at > SECOND_THOUGHTS:
        raise Conflict("That was too long ago. Write it again.")
    if not queue_again(message, by=by, at=at):
        raise Conflict("This message is not taken back any more.")
    if message.status is MessageStatus.QUEUED:
        thread_waits.end(_thread(message), seen=message.created_at)
    return message


def queue_again(message: Message, *, by: Actor, at: datetime) -> bool:
    """Let a cancelled message wait again, if the gate allows; False when it is not cancelled any more or
    was tried before."""
    judged = verdicts.ask(message, at=at)
    values = _decided(message, judged, at=at) | {"status_at": at}
    if not _update(message, MessageStatus.CANCELLED, values, attempts=0, provider_id=None):
        return False
    verdicts.keep(message, judged, asked=Asked.CHANGED, at=at)
    record(message, "message.put_back", by=by, at=at)
    _tell(message, by=by, at=at)
    return True


def send_elsewhere(message: Message, number: PhoneNumber, *, at: datetime) -> bool:
    """Let it go to another number of the same person: the outbox looks again, and the gate decides there.
    False when it is leaving or has left."""
    later = message.send_after if message.send_after and message.send_after > at else at
    values = {"phone_number_id": number.id, "due_at": later}
    if not _update(message, MessageStatus.QUEUED, values):
        return False
    if later <= at:
        effects.after_commit(db.session, messages.wake_outbox)
    return True


def preview(message: Message, *, body: str, send_after: datetime | None, at: datetime) -> Verdict:
    """What the gate would say of the changed text. Writes nothing. Raises Invalid."""
    with db.session.no_autoflush:
        asked = _copy(message, _words(message, body), send_after, at=at)
        return verdicts.ask(asked, at=at).verdict


def _words(message: Message, body: str) -> str:
    """The words as they will be sent. Raises Invalid."""
    sms = message.channel is Channel.SMS
    words = segments.fold(body.strip()) if sms else body.strip()
    longest = LONGEST_SMS if sms else LONGEST_PORTAL
    if not words:
        raise Invalid("Write a message first.", field="body")
    if len(words) > longest:
        raise Invalid(f"Shorten the message to {longest} characters.", field="body")
    return words


def _changed(
    message: Message, words: str, send_after: datetime | None, *, at: datetime
) -> tuple[verdicts.Judged, dict[str, Any]]:
    asked = _copy(message, words, send_after, at=at)
    judged = verdicts.ask(asked, at=at)
    values = _decided(asked, judged, at=at)
    for name in ("body", "body_digest", "segments", "send_after", "solicited"):
        values[name] = getattr(asked, name)
    return judged, values


def _copy(message: Message, words: str, send_after: datetime | None, *, at: datetime) -> Message:
    """The row as it would stand, outside the session."""
    columns = (column.key for column in Message.__table__.columns)
    asked = Message(**{name: getattr(message, name) for name in columns if name != "asked"})
    asked.body, asked.body_digest, asked.send_after = words, digest(words), send_after
    asked.segments = segments.count(words).segments if message.channel is Channel.SMS else None
    # A text planned for later no longer answers what the person did just now.
    asked.solicited = message.solicited and send_after is None
    return asked


def _decided(message: Message, judged: verdicts.Judged, *, at: datetime) -> dict[str, Any]:
    """The gate's verdict on the row, as the columns it decides."""
    verdict = judged.verdict
    withheld = verdict.decision is Decision.WITHHELD
    return {
        "verdict": dict(verdict.to_json()),
        "status": MessageStatus.WITHHELD if withheld else MessageStatus.QUEUED,
        "due_at": None if withheld else max(at, message.send_after or at, verdict.until or at),
    }


def _update(message: Message, status: MessageStatus, values: dict[str, Any], **same: Any) -> bool:
    """Write the values if the row still has this status and these columns; read it again either way."""
    written = db.session.scalar(
        update(Message)
        .where(Message.practice_id == message.practice_id, Message.id == message.id)
        .where(Message.status == status, Message.claim_epoch == message.claim_epoch)
        .where(*(getattr(Message, name) == value for name, value in same.items()))
        .values(values)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(message)
    if written is not None:
        note_change(db.session, message.practice_id, "message", message.id)
    return written is not None


def _tell(message: Message, *, by: Actor, at: datetime) -> None:
    if message.status is MessageStatus.WITHHELD:
        reason = (message.verdict or {}).get("reason")
        record(message, "message.withheld", by=by, at=at, reason=reason)
    elif message.due_at is not None and message.due_at <= at:
        effects.after_commit(db.session, messages.wake_outbox)


def _thread(message: Message) -> Conversation:
    return db.session.get_one(Conversation, (message.practice_id, message.conversation_id))


def _waited_since(message: Message) -> tuple[datetime | None, datetime | None]:
    """Since when the person waited, and urgent words did, when this reply was written."""
    queued = db.session.scalars(
        select(Event).where(
            Event.practice_id == message.practice_id,
            Event.subject_type == Message.__tablename__,
            Event.subject_id == message.id,
            Event.kind == "message.queued",
        )
    ).first()
    facts = queued.facts if queued else {}
    since, urgent = facts.get("waited_since"), facts.get("urgent_since")
    return (
        datetime.fromisoformat(since) if since else None,
        datetime.fromisoformat(urgent) if urgent else None,
    )


def _is_answered(message: Message) -> bool:
    """Whether staff wrote again, or settled the thread, since this reply."""
    later = select(Message.id).where(
        Message.practice_id == message.practice_id,
        Message.conversation_id == message.conversation_id,
        Message.id != message.id,
        Message.author_id.is_not(None),
        Message.created_at >= message.created_at,
        Message.status.not_in((MessageStatus.CANCELLED, MessageStatus.WITHHELD)),
    )
    settled = select(Event.id).where(
        Event.practice_id == message.practice_id,
        Event.subject_type == Conversation.__tablename__,
        Event.subject_id == message.conversation_id,
        Event.kind == "conversation.settled",
        Event.at >= message.created_at,
    )
    found = (db.session.scalar(each.limit(1)) for each in (later, settled))
    return any(row is not None for row in found)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
