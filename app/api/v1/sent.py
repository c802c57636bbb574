"""Work that another system sends over the API: whose it is, and one door for all its kinds."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from flask import Response

from app import access
from app.actions import sent_tasks, work
from app.api.v1.exchange import answer, check_named, written
from app.api.v1.schemas_work import (
    AppointmentIn,
    AppointmentOut,
    MedicationOrderIn,
    MedicationOrderOut,
    OfPatient,
)
from app.models.patient import Patient
from app.models.sent_work import Effect, Outcome, SentWork
from app.models.task import TaskType
from app.models.viewer import Viewer
from app.queries.named_patients import find_one
from app.queries.sent_work import Sent, sent_for

Shown = TypeVar("Shown", AppointmentOut, MedicationOrderOut)


def patient_of(by: Viewer, body: OfPatient) -> Patient:
    """The patient a body names. Raises NotFound, or Invalid for a label that fits nobody."""
    if body.patient_id is not None:
        return access.patient_for(by, body.patient_id, through="api")
    found = find_one(by, body.patient or "")
    access.seen(by, [found.id], through="api")
    return found


def take_in(
    by: Viewer,
    body: OfPatient,
    source_id: str,
    kind: TaskType,
    said: dict[str, Any],
    *,
    at: datetime,
    as_task: bool = False,
) -> Outcome:
    """Make, change or leave alone. Raises Invalid with its field, Conflict for another patient's id."""
    check_named(by, user_id=said.get("owner_id"))
    sent = SentWork(source_id, patient_of(by, body), kind, **said)
    known = work.Known(by.practice_id)
    if as_task:
        known.load_tasks([source_id])
    else:
        known.load([(kind, source_id)])
    return work.take_in(sent, known, by=by.actor, at=at, as_task=as_task)


def answer_written(
    by: Viewer,
    body: AppointmentIn | MedicationOrderIn,
    kind: TaskType,
    shape: type[Shown],
    *,
    under: str,
) -> Response:
    """Write what was sent and answer with it: 201 when it is new, 200 when the sender's id was known."""

    def write(at: datetime) -> Outcome:
        return take_in(by, body, body.source_id, kind, body.sent(), at=at)

    made = written(write)
    status = 201 if made.effect is Effect.CREATED else 200
    return answer(_shown(made.row, shape), status, location=f"/api/v1/{under}/{made.row.id}")


def answer_read(
    by: Viewer,
    table: type[Sent],
    row_id: UUID,
    shape: type[Shown],
) -> Response:
    row = sent_for(by, table, row_id)
    access.seen(by, [row.patient_id], through="api")
    return answer(_shown(row, shape))


def _shown(row: Any, shape: type[Shown]) -> Shown:
    task = sent_tasks.newest(row)
    return shape.model_validate(row).model_copy(update={"task_id": task.id if task else None})
