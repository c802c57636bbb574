"""Tasks for tests: made as an edge would make them, and what they left behind, in order."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.actions import ladder, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Task, TaskType
from tests.conftest import Clock
from tests.world import World

Create = Callable[..., Task]


def maker(world: World, clock: Clock) -> Create:
    """`create(patient=Sam, type=medication received, **details)` at the clock's time."""

    def create(
        patient: Patient | None = None,
        type: TaskType = TaskType.MEDICATION_RECEIVED,
        **details: Any,
    ) -> Task:
        with transaction():
            return tasks.create(patient or world.sam, type, by=SYSTEM, at=clock.now, **details)

    return create


def texts(task: Task) -> list[Message]:
    """Every message of the task, oldest first."""
    found = select(Message).where(Message.task_id == task.id)
    return list(db.session.scalars(found.order_by(Message.created_at, Message.id)))


def kinds(task: Task) -> list[str]:
    """The kinds of the task's events, in the order they were written."""
    found = select(Event.kind).where(Event.subject_id == task.id).order_by(Event.id)
    return list(db.session.scalars(found))


def facts(task: Task, kind: str) -> list[dict[str, Any]]:
    """The facts of the task's events of one kind."""
    found = select(Event.facts).where(Event.subject_id == task.id, Event.kind == kind)
    return list(db.session.scalars(found.order_by(Event.id)))


def climb(task: Task, clock: Clock) -> None:
    """Move the clock to the task's next step and take it."""
    assert task.next_step_at is not None
    clock.set(max(task.next_step_at, clock.now))
    with transaction():
        ladder.step(task, at=clock.now)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]
