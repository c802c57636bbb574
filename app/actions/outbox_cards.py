"""What the outbox leaves for people: texts it must hold, withhold or give up, each recorded with its reason,
and the card or the waiting thread that tells somebody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.actions import ladder, organization_texts
from app.core.db import db
from app.models.conversation import Conversation
from app.models.event import SYSTEM, record
from app.models.message import Message
from app.models.task import Needs, Task
from app.models.topic import note_change
from app.models.undelivered import MISSED_BY_NOBODY
from messaging.delivery import MessageStatus
from messaging.gate import Reason, Verdict
from messaging.lanes import Lane

#: Whoever changed the patient's status told the owner already.
KNOWN_REASONS = frozenset({Reason.PATIENT_INACTIVE, Reason.DO_NOT_CONTACT})


def hold_back(
    message: Message, verdict: Verdict, *, before: str | None, at: datetime, until: datetime
) -> None:
    """It waits until `until`; the wait is told once per reason (`before`: what held it so far)."""
    message.verdict, message.due_at = dict(verdict.to_json()), until
    if before != verdict.reason.value:
        record(message, "message.held_back", by=SYSTEM, at=at, reason=verdict.reason.value)


def withhold(message: Message, verdict: Verdict, *, at: datetime) -> None:
    """The gate refused it in the moment of sending."""
    expired = verdict.reason is Reason.EXPIRED
    message.verdict = dict(verdict.to_json())
    close(message, MessageStatus.EXPIRED if expired else MessageStatus.WITHHELD, at=at,
          reason=verdict.reason.value)  # fmt: skip
    # The page of a list names everybody who did not get it; an inbox full of them would help nobody.
    if verdict.reason not in KNOWN_REASONS and message.lane != Lane.LIST:
        hand_to_person(message, at=at, why=verdict.reason.value)


def close(message: Message, status: MessageStatus, *, at: datetime, **facts: Any) -> None:
    """A final state that is not arrival."""
    if message.move(status, at=at):
        message.due_at = message.lease_until = None
        record(message, f"message.{status}", by=SYSTEM, at=at, **facts)


def hand_to_person(message: Message, *, at: datetime, why: str) -> None:
    """A text will not arrive: its task asks for another channel, or its thread waits for somebody."""
    if message.purpose in MISSED_BY_NOBODY:
        return
    if message.is_partner_link:
        organization_texts.lost(message, at=at)
        return
    task = None
    if message.task_id is not None:
        task = db.session.get_one(Task, (message.practice_id, message.task_id))
    if task is not None and task.is_open:
        ladder.text_lost(message, at=at)
        if task.needs is None:
            task.need(Needs.OTHER_CHANNEL, at=at)
        record(task, "task.text_failed", by=SYSTEM, at=at, message_id=str(message.id), why=why)
        return
    thread = db.session.get_one(Conversation, (message.practice_id, message.conversation_id))
    if thread.waiting_since is None:
        thread.waiting_since, thread.snoozed_until = at, None
        record(thread, "conversation.waiting", by=SYSTEM, at=at, why=why)


def move_aside(practice_id: UUID, message_id: UUID, *, at: datetime) -> None:
    """A row that broke a sweep leaves the queue as failed, without being read again."""
    db.session.execute(
        update(Message)
        .where(Message.practice_id == practice_id, Message.id == message_id)
        .values(
            status=MessageStatus.FAILED,
            status_at=at,
            due_at=None,
            lease_until=None,
            at_carrier_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    note_change(db.session, practice_id, "message", message_id)
    known = db.session.execute(
        select(
            Message.conversation_id, Message.patient_id, Message.task_id, Message.purpose,
            Message.direction, Message.send_key,
        ).where(Message.practice_id == practice_id, Message.id == message_id)
    ).one()  # fmt: skip
    broken = Message(practice_id=practice_id, id=message_id, **known._asdict())  # never added
    record(broken, "message.failed", by=SYSTEM, at=at, reason="broken_row")
    hand_to_person(broken, at=at, why="broken_row")
