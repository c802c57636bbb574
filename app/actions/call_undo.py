"""Taking a logged call back: the ledger gets a reversing row, and the tasks the call moved return to
"call the patient". What a task was told by other means since then stays."""

from datetime import datetime

from sqlalchemy import select

from app.actions import call_backs, referrals, tasks, touchpoint_corrections
from app.core.db import db
from app.core.errors import Conflict
from app.models.event import record
from app.models.task import Needs, Task
from app.models.touchpoint import Touchpoint, TouchpointTask
from app.models.viewer import Viewer

WHY = "Taken back by who logged it"


def take_back(call: Touchpoint, *, by: Viewer, at: datetime) -> None:
    """Raises Conflict for a row that is no call, is somebody else's, or was corrected already."""
    if call.source_kind != "call":
        raise Conflict("Only a call can be taken back here.")
    if call.actor_id != by.id:
        raise Conflict("Only who logged a call can take it back. A lead can correct the ledger.")
    touchpoint_corrections.void(call, reason=WHY, by=by.actor, at=at)
    answered = {said.get("task_id") for said in call.result.get("answers", [])}
    for task in _served(call):
        if str(task.id) in answered:
            _return(task, call, by=by, at=at)
        record(task, "task.call_taken_back", by=by.actor, at=at)
    call_backs.take_back(call, by=by.actor, at=at)


def _served(call: Touchpoint) -> list[Task]:
    served = select(TouchpointTask.task_id).where(
        TouchpointTask.practice_id == call.practice_id, TouchpointTask.touchpoint_id == call.id
    )
    statement = select(Task).where(Task.practice_id == call.practice_id, Task.id.in_(served))
    return list(db.session.scalars(statement.order_by(Task.id)))


def _return(task: Task, call: Touchpoint, *, by: Viewer, at: datetime) -> None:
    """Undo what the call's answer did: reopen, disconnect, or just be to call again."""
    if not task.is_open:
        if task.completed_at is not None and task.completed_at >= call.recorded_at:
            tasks.take_back(task, by=by.actor, at=at)
        return
    if task.connected_at is not None and task.connected_at >= call.recorded_at:
        referrals.disconnect(task, by=by.actor, at=at)
        return
    task.barrier = None
    task.stop_ladder()
    task.need(Needs.CALL, at=at)
