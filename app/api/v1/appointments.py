"""`/api/v1/appointments`: create or update under the sender's id, read."""

from datetime import datetime
from uuid import UUID

from flask import Response

from app import access
from app.actions import sent_tasks
from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import answer, read_body, written
from app.api.v1.openapi import documented
from app.api.v1.schemas_work import AppointmentIn, AppointmentOut
from app.api.v1.sent import take_in
from app.models.appointment import Appointment
from app.models.sent_work import Effect, Outcome
from app.models.task import TaskType
from app.queries.sent_work import sent_for


@bp.post("/appointments")
@documented(
    "appointments", body=AppointmentIn, gives=(201, AppointmentOut), also=(200,),
    refuses=(404, 409),
)  # fmt: skip
def create_appointment() -> Response:
    """Create an appointment with its follow-up, or update it.

    A known `source_id` answers 200: moved or cancelled there, its waiting asks move or go.
    """
    by = viewer("appointments:write")
    body = read_body(AppointmentIn)

    def write(at: datetime) -> Outcome:
        return take_in(by, body, body.source_id, TaskType.APPOINTMENT_KEPT, body.sent(), at=at)

    made = written(write)
    status = 201 if made.effect is Effect.CREATED else 200
    return answer(_shown(made.row), status, location=f"/api/v1/appointments/{made.row.id}")  # type: ignore[arg-type]


@bp.get("/appointments/<uuid:appointment_id>")
@documented("appointments", gives=(200, AppointmentOut), refuses=(404,))
def read_appointment(appointment_id: UUID) -> Response:
    """Read an appointment."""
    by = viewer("appointments:read")
    row = sent_for(by, Appointment, appointment_id)
    access.seen(by, [row.patient_id], through="api")
    return answer(_shown(row))


def _shown(row: Appointment) -> AppointmentOut:
    task = sent_tasks.newest(row)
    return AppointmentOut.model_validate(row).model_copy(
        update={"task_id": task.id if task else None}
    )
