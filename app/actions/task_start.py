"""Taking a card up by hand, and putting it back: the board's step from "to do" to "in progress". The
ladder goes on as it was; only who works on it and where the card stands change."""

from datetime import datetime

from app.core.errors import Conflict
from app.models.event import record
from app.models.task import Task, TaskStatus
from app.models.viewer import Viewer


def begin(task: Task, *, by: Viewer, at: datetime) -> None:
    """Work on it now; a task nobody has becomes the viewer's. Raises Conflict unless it is to do."""
    if task.status not in (TaskStatus.REQUESTED, TaskStatus.ACCEPTED):
        raise Conflict("Only a task that is still to do can be started.")
    if task.owner_id is None and by.kind == "user":
        task.owner_id = by.id
    task.status, task.updated_at = TaskStatus.IN_PROGRESS, at
    record(task, "task.started", by=by.actor, at=at)


def put_back(task: Task, *, by: Viewer, at: datetime) -> None:
    """Back to the to-do column, with its owner. Raises Conflict unless it is in progress."""
    if task.status is not TaskStatus.IN_PROGRESS:
        raise Conflict("Only a task in progress can be put back.")
    task.status = TaskStatus.ACCEPTED if task.owner_id else TaskStatus.REQUESTED
    task.updated_at = at
    record(task, "task.put_back", by=by.actor, at=at)
