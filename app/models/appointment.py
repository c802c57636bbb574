"""What tasks are about: appointments in the community or the clinic, and medication orders."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.community_organization import CommunityOrganization


class Appointment(Row):
    __tablename__ = "appointment"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("community_organization_id", "community_organization"),
        UniqueConstraint("practice_id", "source_id"),
        Index(None, "practice_id", "patient_id", "starts_at"),
    )

    patient_id: Mapped[UUID]
    community_organization_id: Mapped[UUID | None]
    starts_at: Mapped[datetime]
    place: Mapped[str]
    #: FHIR Appointment.status: booked, fulfilled, noshow, cancelled.
    status: Mapped[str] = mapped_column(default="booked")
    source_id: Mapped[str | None]
    created_at: Mapped[datetime]

    community_organization: Mapped[CommunityOrganization | None] = belongs_to(
        "Appointment.community_organization_id", "CommunityOrganization"
    )


class MedicationOrder(Row):
    __tablename__ = "medication_order"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        UniqueConstraint("practice_id", "source_id"),
        Index(None, "practice_id", "patient_id", "ordered_on"),
    )

    patient_id: Mapped[UUID]
    #: What staff call it. Never put in a text: a label may name a diagnosis.
    label: Mapped[str]
    ordered_on: Mapped[date]
    status: Mapped[str] = mapped_column(default="active")
    source_id: Mapped[str | None]
    created_at: Mapped[datetime]
