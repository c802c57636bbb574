"""Which tasks a sweep steps or marks overdue. Others reach them as `ladder.due_steps`, `ladder.overdue`."""

from datetime import datetime

from sqlalchemy import Select, select, text

from app.models.task import OPEN_SQL, Task, TaskStatus


def due_steps(at: datetime) -> Select[Task]:
    """Tasks whose next rung is due, over all practices, oldest first."""
    return (
        select(Task)
        .where(
            Task.next_step_at.is_not(None),
            Task.next_step_at <= at,
            text(OPEN_SQL),
            Task.status != TaskStatus.ON_HOLD,
        )
        .order_by(Task.next_step_at, Task.id)
    )


def overdue(at: datetime) -> Select[Task]:
    """Open tasks whose day is over and that nobody has been told about, oldest first."""
    return (
        select(Task)
        .where(
            Task.due_at <= at,
            Task.overdue_since.is_(None),
            text(OPEN_SQL),
            Task.status != TaskStatus.ON_HOLD,
        )
        .order_by(Task.due_at, Task.id)
    )
