"""`/api/v1/tasks`: create, read, list."""

from datetime import datetime
from typing import cast
from uuid import UUID

from flask import Response

from app import access
from app.actions import tasks
from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import answer, check_named, idempotency_key, read_body, written
from app.api.v1.openapi import documented
from app.api.v1.paging import PageQuery, read_page
from app.api.v1.schemas_messages import KeyHeader
from app.api.v1.schemas_tasks import TaskIn, TaskOut, TaskPage
from app.api.v1.sent import patient_of, take_in
from app.models.sent_work import Effect
from app.models.task import Task
from app.models.viewer import Viewer


@bp.post("/tasks")
@documented("tasks", body=TaskIn, headers=KeyHeader, gives=(201, TaskOut), also=(200,),
            refuses=(404, 409))  # fmt: skip
def create_task() -> Response:
    """Create a task.

    A seen Idempotency-Key gives the first task again; a known `source_id` answers 200 and changes it.
    """
    by = viewer("tasks:write")
    body, key = read_body(TaskIn), idempotency_key()

    def write(at: datetime) -> tuple[Task, bool]:
        if body.source_id is not None:
            sent = take_in(by, body, body.source_id, body.type, body.sent(), at=at, as_task=True)
            return cast("Task", sent.row), sent.effect is Effect.CREATED
        return _create(by, body, key, at=at), True

    task, is_new = written(write)
    made = TaskOut.model_validate(task)
    return answer(made, 201 if is_new else 200, location=f"/api/v1/tasks/{made.id}")


def _create(by: Viewer, body: TaskIn, key: str | None, *, at: datetime) -> Task:
    patient = patient_of(by, body)
    check_named(by, user_id=body.owner_id)
    return tasks.create(
        patient, body.type, by=by.actor, at=at, due_on=body.due_on, about=body.said_about(),
        received_at=body.received_at, owner_id=body.owner_id, priority=body.priority,
        ask_first=body.ask_first, source_key=key,
    )  # fmt: skip


@bp.get("/tasks")
@documented("tasks", query=PageQuery, gives=(200, TaskPage))
def list_tasks() -> Response:
    """List tasks, in the order of their newest change."""
    by = viewer("tasks:read")
    rows, following, resume = read_page(by, access.visible_tasks(by), Task, "task")
    access.seen(by, [row.patient_id for row in rows], through="api")
    items = [TaskOut.model_validate(row) for row in rows]
    return answer(TaskPage(items=items, next=following, resume=resume))


@bp.get("/tasks/<uuid:task_id>")
@documented("tasks", gives=(200, TaskOut), refuses=(404,))
def read_task(task_id: UUID) -> Response:
    """Read a task."""
    by = viewer("tasks:read")
    task = access.task_for(by, task_id)
    access.seen(by, [task.patient_id], through="api")
    return answer(TaskOut.model_validate(task))
