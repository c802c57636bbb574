"""One task with its whole story: what happened, what was written, called and said, in order of time; and
what else is open for the same patient. A constant number of statements."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_

from app.access import (
    seen,
    task_for,
    visible_events,
    visible_messages,
    visible_tasks,
    visible_touchpoints,
    visible_users,
)
from app.core.db import db
from app.core.ids import parse_id
from app.models.event import Event
from app.models.message import Message
from app.models.task import OPEN_STATUSES, Task
from app.models.touchpoint import Touchpoint, TouchpointTask, TouchpointText
from app.models.user import User
from app.models.viewer import Viewer
from app.queries.statements import Statement, differ, statements_of

MOST = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story: an event, a message or a call (with the note taken)."""

    at: datetime
    event: Event | None = None
    message: Message | None = None
    call: Touchpoint | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class TaskCard:
    task: Task
    story: list[Entry]
    names: dict[UUID, str]
    #: What people said, when a yes and a no were both said.
    disputed: list[Statement]
    #: Other open tasks of the same patient.
    others: list[Task]
    #: The newest text of this task that has not left yet.
    waiting_text: Message | None
    #: Who may own it: id and name.
    owners: list[tuple[UUID, str]]

    def name_of(self, user_id: str) -> str:
        found = parse_id(user_id)
        return self.names.get(found, "") if found else ""


def task_card(viewer: Viewer, task_id: UUID) -> TaskCard:
    """Raises NotFound for a task that is not there or not the viewer's to see."""
    task = task_for(viewer, task_id)
    seen(viewer, [task.patient_id], through="task")
    messages = _messages(viewer, task)
    events = _events(viewer, task)
    said = statements_of(events)
    story = [Entry(e.at, event=e) for e in events]
    story += [Entry(m.created_at, message=m) for m in messages]
    story += _calls(viewer, task)
    story.sort(key=lambda entry: entry.at)
    waiting = [m for m in messages if m.status.value in ("queued", "sending")]
    users = list(db.session.scalars(visible_users(viewer).order_by(User.name, User.id)))
    return TaskCard(
        task,
        story,
        {user.id: user.name for user in users},
        said if differ(said) else [],
        _others(viewer, task),
        waiting[-1] if waiting else None,
        [(u.id, u.name) for u in users if u.may_own_work],
    )


def _events(viewer: Viewer, task: Task) -> list[Event]:
    """A call is told by its own row, with its length and the note."""
    statement = visible_events(viewer).where(
        Event.subject_type == Task.__tablename__,
        Event.subject_id == task.id,
        Event.kind != "task.called",
    )
    return list(db.session.scalars(statement.order_by(Event.at, Event.id).limit(MOST)))


def _messages(viewer: Viewer, task: Task) -> list[Message]:
    statement = visible_messages(viewer).where(Message.task_id == task.id)
    return list(db.session.scalars(statement.order_by(Message.created_at, Message.id).limit(MOST)))


#: As logged, and as corrected since.
_CALLS = ("call", "correction")


def _calls(viewer: Viewer, task: Task) -> list[Entry]:
    statement = (
        visible_touchpoints(viewer)
        .join(TouchpointTask, and_(
            TouchpointTask.practice_id == Touchpoint.practice_id,
            TouchpointTask.touchpoint_id == Touchpoint.id))
        .outerjoin(TouchpointText, and_(
            TouchpointText.practice_id == Touchpoint.practice_id,
            TouchpointText.touchpoint_id == Touchpoint.id))
        .where(TouchpointTask.task_id == task.id, Touchpoint.source_kind.in_(_CALLS),
               Touchpoint.contact_party != "pcp", Touchpoint.channel == "phone")
        .add_columns(TouchpointText.summary)
        .limit(MOST)
    )  # fmt: skip
    return [
        Entry(call.started_at, call=call, note=note) for call, note in db.session.execute(statement)
    ]


def _others(viewer: Viewer, task: Task) -> list[Task]:
    statement = visible_tasks(viewer).where(
        Task.patient_id == task.patient_id, Task.id != task.id, Task.status.in_(OPEN_STATUSES)
    )
    return list(db.session.scalars(statement.order_by(Task.due_at, Task.id).limit(20)))
