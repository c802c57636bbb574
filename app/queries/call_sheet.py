"""What a call is logged against: the patient with their numbers, and every open task a call can serve."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from app.access import patient_for, visible_tasks
from app.core.db import db
from app.models.contact_point import ContactPoint, NumberState, PhoneNumber
from app.models.patient import Patient
from app.models.task import OPEN_STATUSES, Task
from app.models.viewer import Viewer


@dataclass(frozen=True, slots=True)
class CallSheet:
    patient: Patient
    numbers: list[PhoneNumber]
    tasks: list[Task]


def call_sheet(viewer: Viewer, patient_id: UUID) -> CallSheet:
    """Three statements; raises NotFound for a patient not to be seen."""
    patient = patient_for(viewer, patient_id, through="call")
    tasks = visible_tasks(viewer).where(
        Task.patient_id == patient.id, Task.status.in_(OPEN_STATUSES)
    )
    tasks = tasks.options(joinedload(Task.owner)).order_by(Task.due_at, Task.id)
    numbers = (
        select(PhoneNumber)
        .join(ContactPoint, and_(
            ContactPoint.practice_id == PhoneNumber.practice_id,
            ContactPoint.phone_number_id == PhoneNumber.id))
        .where(
            ContactPoint.practice_id == viewer.practice_id, ContactPoint.patient_id == patient.id,
            ContactPoint.ended_at.is_(None), PhoneNumber.state != NumberState.BAD)
        .order_by(ContactPoint.rank, ContactPoint.id)
    )  # fmt: skip
    return CallSheet(patient, list(db.session.scalars(numbers)), list(db.session.scalars(tasks)))
