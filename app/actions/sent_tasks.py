"""Plain tasks that another system keeps: made under its id, changed, taken back."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actions import task_moves, tasks
from app.core.db import db
from app.core.errors import Invalid
from app.models.appointment import Appointment, MedicationOrder
from app.models.event import Actor
from app.models.sent_work import Effect, Outcome, SentWork, SourceStatus, Touched
from app.models.task import Task

CANCELLED = "Whoever sent it took it back."


def key_of(source_id: str) -> str:
    """The task's `source_key`, apart from those of callers' Idempotency-Keys."""
    return f"source:{source_id}"


def take_in(sent: SentWork, known: Task | None, *, by: Actor, at: datetime) -> Outcome:
    """Make it or bring it to what was sent. Raises OfAnotherPatient, Invalid for another type."""
    return _add(sent, by=by, at=at) if known is None else _change(sent, known, by=by, at=at)


def _add(sent: SentWork, *, by: Actor, at: datetime) -> Outcome:
    task = tasks.create(
        sent.patient, sent.type, by=by, at=at, about=sent.about(), received_at=sent.received_at,
        due_on=sent.due_on, owner_id=sent.owner_id, priority=sent.priority,
        ask_first=sent.ask_first, not_before=sent.not_before, source_key=key_of(sent.source_id),
    )  # fmt: skip
    if sent.status is SourceStatus.CANCELLED:
        tasks.cancel(task, reason=CANCELLED, by=by, at=at)
    return Outcome(Effect.CREATED, task, task, [Touched(task)])


def _change(sent: SentWork, task: Task, *, by: Actor, at: datetime) -> Outcome:
    sent.check_same(task.patient_id)
    if task.type is not sent.type:
        raise Invalid("This source_id is a task of another type.", field="type")
    before = said_of(task)
    if not task.is_open:
        return Outcome(Effect.UNCHANGED, task, task)
    if sent.status is SourceStatus.CANCELLED:
        tasks.cancel(task, reason=CANCELLED, by=by, at=at)
        return Outcome(Effect.UPDATED, task, task, [Touched(task, before)])
    changed = task_moves.change(task, sent.about(), received_at=sent.received_at,
                                not_before=sent.not_before, by=by, at=at)  # fmt: skip
    if sent.due_on is not None and sent.due_on != task.due_on:
        tasks.reschedule(task, sent.due_on, by=by, at=at)
        changed = True
    touched = [Touched(task, before)] if changed else []
    return Outcome(Effect.UPDATED if changed else Effect.UNCHANGED, task, task, touched)


def said_of(task: Task) -> dict[str, Any]:
    came = task.received_at.isoformat() if task.received_at else None
    return {
        "about": dict(task.about),
        "received_at": came,
        "due_on": task.due_on.isoformat(),
        "status": task.status.value,
    }


def newest(row: Appointment | MedicationOrder) -> Task | None:
    """The follow-up that stands for it now."""
    about = Task.appointment_id if isinstance(row, Appointment) else Task.medication_order_id
    mine = select(Task).where(Task.practice_id == row.practice_id, about == row.id)
    return db.session.scalars(
        mine.order_by(Task.created_at.desc(), Task.id.desc()).limit(1)
    ).first()
