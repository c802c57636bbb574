"""`/api/v1/medication-orders`: create or update under the sender's id, read."""

from datetime import datetime
from uuid import UUID

from flask import Response

from app import access
from app.actions import sent_tasks
from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import answer, read_body, written
from app.api.v1.openapi import documented
from app.api.v1.schemas_work import MedicationOrderIn, MedicationOrderOut
from app.api.v1.sent import take_in
from app.models.appointment import MedicationOrder
from app.models.sent_work import Effect, Outcome
from app.models.task import TaskType
from app.queries.sent_work import sent_for


@bp.post("/medication-orders")
@documented(
    "medication-orders", body=MedicationOrderIn, gives=(201, MedicationOrderOut), also=(200,),
    refuses=(404, 409),
)  # fmt: skip
def create_medication_order() -> Response:
    """Create an order for medicine with its follow-up, or update it.

    A known `source_id` answers 200: cancelled there, nobody is asked whether it arrived.
    """
    by = viewer("medication-orders:write")
    body = read_body(MedicationOrderIn)

    def write(at: datetime) -> Outcome:
        return take_in(by, body, body.source_id, TaskType.MEDICATION_RECEIVED, body.sent(), at=at)

    made = written(write)
    status = 201 if made.effect is Effect.CREATED else 200
    return answer(_shown(made.row), status, location=f"/api/v1/medication-orders/{made.row.id}")  # type: ignore[arg-type]


@bp.get("/medication-orders/<uuid:order_id>")
@documented("medication-orders", gives=(200, MedicationOrderOut), refuses=(404,))
def read_medication_order(order_id: UUID) -> Response:
    """Read an order for medicine."""
    by = viewer("medication-orders:read")
    row = sent_for(by, MedicationOrder, order_id)
    access.seen(by, [row.patient_id], through="api")
    return answer(_shown(row))


def _shown(row: MedicationOrder) -> MedicationOrderOut:
    task = sent_tasks.newest(row)
    return MedicationOrderOut.model_validate(row).model_copy(
        update={"task_id": task.id if task else None}
    )
