"""What people do about a text that did not arrive: try it again as a new message through the same gate, or
say that it is dealt with. And when one that nobody looks at becomes an alarm."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.actions import messages, thread_waits, verdicts
from app.actions.message_draft import Draft, message_of
from app.actions.send_places import opening_rule
from app.core.db import db
from app.core.errors import Conflict
from app.models.conversation import Conversation
from app.models.event import Actor, record
from app.models.message import Message
from app.models.practice import Practice
from app.models.task import Needs, Task
from app.models.undelivered import NOT_TRIED, is_lost
from app.models.viewer import Viewer
from messaging.delivery import MessageStatus
from messaging.delivery_errors import policy_for
from messaging.errors import NeverAllowed
from messaging.gate import Decision, Purpose, explain
from messaging.quiet_hours import is_allowed, next_allowed

#: So much of the practice's open time may pass before a lost text is an alarm.
ALARM_AFTER = timedelta(minutes=15)
_STEP = timedelta(minutes=1)


def may_try_again(message: Message) -> bool:
    """Whether the same words could arrive now: not after their time, nor where the carrier never will."""
    if not is_lost(message) or message.status is not MessageStatus.FAILED:
        return False
    return not policy_for(message.error_code).permanent


def try_again(message: Message, *, by: Viewer, at: datetime) -> Message:
    """A new message with the same words, linked to the lost one; asked for twice it is still one.

    Raises Conflict when it can't be tried again, or the gate would not let it leave; then nothing is written.
    """
    _lock(message)
    again = _tried(message)
    if again is not None:
        return again
    if not may_try_again(message):
        raise Conflict("This text can't be tried again. Write a new one, or call.")
    draft = _draft(message, by)
    row = message_of(draft, _thread(message), at=at)
    verdict = verdicts.ask(row, at=at).verdict
    if verdict.decision is Decision.WITHHELD:
        raise Conflict(explain(verdict))
    again = messages.queue(draft, by=by.actor, at=at)
    record(message, "message.tried_again", by=by.actor, at=at, again_id=str(again.id))
    _settle(message, at=at)
    return again


def deal_with(message: Message, *, by: Actor, at: datetime) -> None:
    """Somebody has seen to it. Raises Conflict when it arrived, or is still on its way."""
    _lock(message)
    if not is_lost(message):
        raise Conflict("This text is not lost any more. Look again.")
    if message.dealt_with_at is None:
        message.dealt_with_at = at
        record(message, "message.dealt_with", by=by, at=at)


def take_back(message: Message, *, by: Actor, at: datetime) -> None:
    """Undo `deal_with`: it waits for somebody again."""
    _lock(message)
    if message.dealt_with_at is not None:
        message.dealt_with_at = None
        record(message, "message.waits_again", by=by, at=at)


def is_alarm(practice: Practice, since: datetime, *, at: datetime) -> bool:
    """Whether a text lost since then has waited too long, and somebody is there to hear of it."""
    rule = opening_rule(practice, at=since)
    if rule is None:
        return at >= since + ALARM_AFTER
    today = opening_rule(practice, at=at) or rule
    sounds = _after_open_time(since, practice)
    return sounds is not None and at >= sounds and is_allowed(at, today)


def _after_open_time(since: datetime, practice: Practice) -> datetime | None:
    """The moment when the practice has been open for `ALARM_AFTER` since then; None = never."""
    rule = opening_rule(practice, at=since)
    moment, left = since, ALARM_AFTER
    while rule is not None and left > timedelta():
        try:
            moment = next_allowed(moment, rule) + _STEP
        except NeverAllowed:
            return None
        left -= _STEP
    return moment


def _draft(message: Message, by: Viewer) -> Draft:
    """The same words to whom they were for, at the number we have for them now."""
    return Draft(
        practice_id=message.practice_id,
        conversation=_thread(message),
        patient=message.patient,
        phone_number=message.phone_number if message.is_for_other else None,
        body=message.body,
        purpose=message.purpose,
        language=message.language,
        wanted_language=message.wanted_language,
        author_id=by.id if by.kind == "user" else None,
        task_id=message.task_id,
        asked=message.asked,
        template_key=message.template_key,
        template_version=message.template_version,
        send_key=_key(message),
        retry_of_id=message.id,
        related_person_id=message.related_person_id,
    )


def _key(message: Message) -> str:
    """A partner's link stays one, whose ask its key names and which nobody but the reader sees."""
    times = _times(message)
    own = message.is_partner_link
    return f"{message.send_key}:{times}" if own else f"again:{message.id}:{times}"


def _settle(message: Message, *, at: datetime) -> None:
    """Nobody need find another way for now; whoever waited for the reply has it coming. What they wrote since
    still waits."""
    if message.purpose == Purpose.STAFF_REPLY.value:
        thread_waits.end(_thread(message), seen=message.created_at)
    if message.task_id is None:
        return
    task = db.session.get_one(Task, (message.practice_id, message.task_id))
    if task.is_open and task.needs is Needs.OTHER_CHANNEL:
        task.need(None, at=at)


def _tried(message: Message) -> Message | None:
    """The new try that is under way or has ended, unless it was taken back."""
    tries = select(Message).where(
        Message.practice_id == message.practice_id,
        Message.retry_of_id == message.id,
        Message.status.not_in(NOT_TRIED),
    )
    return db.session.scalars(tries.order_by(Message.created_at.desc()).limit(1)).first()


def _times(message: Message) -> int:
    tries = select(func.count()).where(
        Message.practice_id == message.practice_id, Message.retry_of_id == message.id
    )
    return int(db.session.scalar(tries) or 0)


def _lock(message: Message) -> None:
    """So that two people who press at once follow each other."""
    db.session.refresh(message, with_for_update={"key_share": True})


def _thread(message: Message) -> Conversation:
    return db.session.get_one(Conversation, (message.practice_id, message.conversation_id))
