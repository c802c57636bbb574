"""Where a task's card stands, small enough to be kept with the event that moves it, so that what moved it
can be taken back to the very step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.models.task import Needs, Task, TaskStatus

Standing = Mapping[str, Any]


def standing_of(task: Task) -> dict[str, Any]:
    """Codes and times only: an event holds nobody's words."""
    return {
        "status": task.status.value,
        "owner_id": str(task.owner_id) if task.owner_id else None,
        "needs": task.needs.value if task.needs else None,
        "needs_since": _iso(task.needs_since),
        "step": task.step,
        "occurrence": task.occurrence,
        "next_step_at": _iso(task.next_step_at),
        "barrier": task.barrier,
        "is_connected": task.connected_at is not None,
    }


def put_back(task: Task, standing: Standing, *, at: datetime) -> None:
    """Let the card of an open task stand where it stood."""
    task.status = TaskStatus(standing["status"])
    task.owner_id = UUID(standing["owner_id"]) if standing["owner_id"] else None
    task.needs = Needs(standing["needs"]) if standing["needs"] else None
    task.needs_since = _moment(standing["needs_since"])
    task.step, task.occurrence = standing["step"], standing["occurrence"]
    task.next_step_at = _moment(standing["next_step_at"])
    task.barrier, task.updated_at = standing["barrier"], at


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
