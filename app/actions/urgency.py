"""Urgent words in a message: it is marked, waits for a person whatever a rule made of it, comes first on the
inbox and the board, and goes to who is on call. No answer to the patient depends on what they said."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import on_call
from app.actions.inbound_reading import Arrival
from app.core.db import db
from app.models.conversation import Conversation
from app.models.event import SYSTEM, record
from app.models.message import Message
from app.models.task import Task
from messaging import urgent


def heed(arrival: Arrival, *, at: datetime) -> urgent.Urgent | None:
    """Mark the message, its thread and the tasks it is about; None when no word of it is urgent."""
    message, thread = arrival.message, arrival.thread
    found = urgent.read(message.body)
    if found is None:
        return None
    message.understood = {**(message.understood or {}), "urgent": found.about}
    is_new = thread.urgent_since is None
    thread.urgent_since = thread.urgent_since or message.created_at
    record(message, "message.urgent", by=SYSTEM, at=at, about=found.about)
    on_call.hand_over(thread, is_new=is_new, at=at)
    for asked in arrival.reading.about:
        if asked.task is not None and asked.task.is_open:
            _raise(asked.task, message, at=at)
    return found


def whose_wait(practice_id: UUID, patient_ids: Collection[UUID]) -> set[UUID]:
    """Those of them whose urgent words nobody has answered yet."""
    rows = select(Conversation.patient_id).where(
        Conversation.practice_id == practice_id,
        Conversation.patient_id.in_(patient_ids),
        Conversation.urgent_since.is_not(None),
    )
    return {patient_id for patient_id in db.session.scalars(rows) if patient_id is not None}


def _raise(task: Task, message: Message, *, at: datetime) -> None:
    if task.priority != "urgent":
        record(task, "task.raised", by=SYSTEM, at=at, why="urgent_words",
               message_id=str(message.id), was=task.priority)  # fmt: skip
        task.priority, task.updated_at = "urgent", at
