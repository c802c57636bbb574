"""Taking a logged call back: the ledger gets a reversing row, and the tasks the call moved return to
"call the patient". What a task was told by other means since then stays."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import call_backs, referrals, taken_calls, tasks, touchpoint_corrections
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
    undo_effects(call, by=by, at=at)


def undo_effects(call: Touchpoint, *, by: Viewer, at: datetime) -> None:
    """What the call did is undone: its tasks are to call again, and whoever it answered waits again."""
    answered = {said.get("task_id") for said in call.result.get("answers", [])}
    for task in served(call):
        if str(task.id) in answered:
            put_back(task, call, by=by, at=at)
        record(task, "task.call_taken_back", by=by.actor, at=at)
    call_backs.take_back(call, by=by.actor, at=at)
    taken_calls.give_back(call, at=at)


def first_of(row: Touchpoint) -> Touchpoint:
    """The row as it was first written, behind every correction of it."""
    while row.source_kind == "correction":
        row = db.session.get_one(Touchpoint, (row.practice_id, UUID(row.source_id)))
    return row


def served(call: Touchpoint) -> list[Task]:
    """The tasks it served, in the order of their ids."""
    ids = select(TouchpointTask.task_id).where(
        TouchpointTask.practice_id == call.practice_id, TouchpointTask.touchpoint_id == call.id
    )
    statement = select(Task).where(Task.practice_id == call.practice_id, Task.id.in_(ids))
    return list(db.session.scalars(statement.order_by(Task.id)))


def put_back(task: Task, call: Touchpoint, *, by: Viewer, at: datetime) -> None:
    """Undo what the call's answer did: reopen, disconnect, or just be to call again."""
    since = first_of(call).recorded_at
    if not task.is_open:
        if task.completed_at is not None and task.completed_at >= since:
            tasks.take_back(task, by=by.actor, at=at)
            referral = referrals.find_of(task)
            if referral is not None:  # the step that came after the follow-up has its card no more
                referrals.advance(referral, at=at)
        return
    if task.connected_at is not None and task.connected_at >= since:
        referrals.disconnect(task, by=by.actor, at=at)
        return
    task.barrier = None
    task.stop_ladder()
    task.need(Needs.CALL, at=at)
