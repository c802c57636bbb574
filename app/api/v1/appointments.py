"""`/api/v1/appointments`: create or update under the sender's id, read."""

from uuid import UUID

from flask import Response

from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import read_body
from app.api.v1.openapi import documented
from app.api.v1.schemas_work import AppointmentIn, AppointmentOut
from app.api.v1.sent import answer_read, answer_written
from app.models.appointment import Appointment
from app.models.task import TaskType


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
    return answer_written(by, body, TaskType.APPOINTMENT_KEPT, AppointmentOut, under="appointments")


@bp.get("/appointments/<uuid:appointment_id>")
@documented("appointments", gives=(200, AppointmentOut), refuses=(404,))
def read_appointment(appointment_id: UUID) -> Response:
    """Read an appointment."""
    return answer_read(viewer("appointments:read"), Appointment, appointment_id, AppointmentOut)
