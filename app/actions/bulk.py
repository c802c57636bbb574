"""Giving many tasks to one person at once, and taking that back: one event says what each was before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import select

from app import access
from app.actions import task_changes
from app.core.columns import Row
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotFound
from app.models.event import Event, record
from app.models.task import OPEN_STATUSES, Task
from app.models.user import User
from app.models.viewer import Viewer, user_viewer

MOST = 200
KIND = "board.assigned"


@dataclass(frozen=True, slots=True)
class Plan:
    """What giving these to somebody would do: those they get, and those they may not see."""

    gets: list[Task]
    unseen: list[Task]

    @property
    def patients(self) -> int:
        return len({task.patient_id for task in self.gets})


def plan(viewer: Viewer, tasks: Sequence[Task], owner: User | None) -> Plan:
    """Open tasks of the viewer's, split by whether the new owner may see their patient."""
    if owner is None:
        return Plan(list(tasks), [])
    theirs = access.visible_tasks(user_viewer(owner)).where(Task.id.in_([t.id for t in tasks]))
    seen = set(db.session.scalars(theirs.with_only_columns(Task.id)))
    return Plan([t for t in tasks if t.id in seen], [t for t in tasks if t.id not in seen])


def chosen(viewer: Viewer, task_ids: Sequence[UUID]) -> list[Task]:
    """The open ones among these that the viewer sees, by due moment. Raises Invalid for none or too many."""
    if len(task_ids) > MOST:
        raise Invalid(f"Choose up to {MOST} tasks at a time.", field="task")
    rows = access.visible_tasks(viewer).where(
        Task.id.in_(list(task_ids)), Task.status.in_(OPEN_STATUSES)
    )
    found = list(db.session.scalars(rows.order_by(Task.due_at, Task.id)))
    if not found:
        raise Invalid("Choose tasks that are open first.", field="task")
    return found


def assign(
    tasks: Sequence[Task], owner: User | None, *, by: Viewer, at: datetime
) -> tuple[Plan, UUID]:
    """Give them over; returns what was done and the event that takes it back."""
    found = plan(by, tasks, owner)
    if not found.gets:
        raise Conflict("They may not see any of these patients. Choose somebody on their team.")
    was = {str(task.id): str(task.owner_id) if task.owner_id else None for task in found.gets}
    for task in found.gets:
        task_changes.assign(task, owner, by=by.actor, at=at)
    practice = cast(Row, access.practice_of(by))
    event = record(practice, KIND, by=by.actor, at=at, was=was,
                   owner_id=str(owner.id) if owner else None)  # fmt: skip
    return found, event.id


def take_back(event_id: UUID, *, by: Viewer, at: datetime) -> int:
    """Each goes back to whom it was with, unless somebody else has changed it since. Only one's own."""
    event = db.session.scalars(
        select(Event).where(
            Event.practice_id == by.practice_id, Event.id == event_id, Event.kind == KIND,
            Event.actor_id == by.id,
        )
    ).one_or_none()  # fmt: skip
    if event is None:
        raise NotFound
    was, given = event.facts["was"], event.facts["owner_id"]
    rows = access.visible_tasks(by).where(
        Task.id.in_([UUID(each) for each in was]), Task.status.in_(OPEN_STATUSES)
    )
    back = 0
    for task in db.session.scalars(rows):
        if (str(task.owner_id) if task.owner_id else None) != given:
            continue
        before = was[str(task.id)]
        owner = access.user_for(by, before) if before else None
        task_changes.assign(task, owner, by=by.actor, at=at)
        back += 1
    return back
