"""One appointment or order that another system sent, of a patient the viewer sees."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from app.access import visible_patients
from app.core.db import db
from app.core.errors import NotFound
from app.models.appointment import Appointment, MedicationOrder
from app.models.patient import Patient
from app.models.viewer import Viewer

Sent = TypeVar("Sent", Appointment, MedicationOrder)


def sent_for(viewer: Viewer, table: type[Sent], row_id: UUID) -> Sent:
    """Raises NotFound for what is not there and what is not theirs alike."""
    people = visible_patients(viewer).with_only_columns(Patient.id)
    found = db.session.scalars(
        select(table).where(
            table.practice_id == viewer.practice_id,
            table.id == row_id,
            table.patient_id.in_(people),
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    return found
