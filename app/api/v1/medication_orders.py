"""`/api/v1/medication-orders`: create or update under the sender's id, read."""

from uuid import UUID

from flask import Response

from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import read_body
from app.api.v1.openapi import documented
from app.api.v1.schemas_work import MedicationOrderIn, MedicationOrderOut
from app.api.v1.sent import answer_read, answer_written
from app.models.appointment import MedicationOrder
from app.models.task import TaskType


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
    return answer_written(
        by, body, TaskType.MEDICATION_RECEIVED, MedicationOrderOut, under="medication-orders"
    )


@bp.get("/medication-orders/<uuid:order_id>")
@documented("medication-orders", gives=(200, MedicationOrderOut), refuses=(404,))
def read_medication_order(order_id: UUID) -> Response:
    """Read an order for medicine."""
    return answer_read(
        viewer("medication-orders:read"), MedicationOrder, order_id, MedicationOrderOut
    )
