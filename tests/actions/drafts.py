"""Drafts as tests write them: one text to one patient, every field replaceable."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.actions import messages
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.patient import Patient

NIGHT = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)  # 21:30 where the patients are
MORNING = datetime(2026, 3, 4, 16, 0, tzinfo=UTC)  # 08:00 there


def draft_to(patient: Patient, **replaced: Any) -> messages.Draft:
    values: dict[str, Any] = {
        "practice_id": patient.practice_id, "patient": patient, "body": "Did it arrive? 1 yes, 2 no",
        "purpose": "care_navigation", "send_key": f"key:{patient.id}", "is_automated": True,
    }  # fmt: skip
    return messages.Draft(**(values | replaced))


def queue_to(patient: Patient, at: datetime, **replaced: Any) -> Message:
    """Write one message in a transaction of its own."""
    with transaction():
        return messages.queue(draft_to(patient, **replaced), by=SYSTEM, at=at)


def fresh(message: Message) -> Message:
    """The row as it stands now."""
    db.session.rollback()
    db.session.refresh(message)
    return message


def kinds_of(message: Message) -> list[str]:
    """What happened to the message, in order."""
    events = select(Event.kind).where(Event.subject_id == message.id).order_by(Event.id)
    return list(db.session.scalars(events))
