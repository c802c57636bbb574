"""What a patient's team, setting and status were before they changed, so that a contact entered late gets the
context of its own moment. What holds today stands on the patient."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.columns import Row, of_practice, refers
from app.models.patient import PatientStatus


class PatientPast(Row):
    """Held until `until`, exclusive."""

    __tablename__ = "patient_past"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        Index(None, "practice_id", "patient_id", "until"),
    )

    patient_id: Mapped[UUID]
    until: Mapped[datetime]
    #: The team's name as it was.
    care_team: Mapped[str | None]
    setting: Mapped[str]
    sensitivity: Mapped[str | None]
    status: Mapped[PatientStatus]
