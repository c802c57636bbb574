"""Who uses a number beside a patient: people who may read what is texted to it."""

from uuid import UUID

from sqlalchemy import Select, select

from app.core.db import db
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.patient import Patient, PatientStatus


def others_use(number: PhoneNumber, patient: Patient) -> bool:
    """Whether somebody else uses it too."""
    others = users_of(number.practice_id).where(
        ContactPoint.phone_number_id == number.id, ContactPoint.patient_id != patient.id
    )
    return db.session.execute(others.limit(1)).first() is not None


def users_of(practice_id: UUID) -> Select[UUID | None, UUID]:
    """(number, patient) for everybody who uses a number themselves and may be told by it."""
    return (
        select(ContactPoint.phone_number_id, ContactPoint.patient_id)
        .join(
            Patient,
            (Patient.practice_id == ContactPoint.practice_id)
            & (Patient.id == ContactPoint.patient_id),
        )
        .where(
            ContactPoint.practice_id == practice_id,
            ContactPoint.related_person_id.is_(None),
            ContactPoint.ended_at.is_(None),
            Patient.merged_into_id.is_(None),
            Patient.status.not_in((PatientStatus.DECEASED, PatientStatus.LEFT_PRACTICE)),
        )
    )
