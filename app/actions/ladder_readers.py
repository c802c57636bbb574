"""Who reads the answer to what somebody wrote: the patient, or the caregiver whose phone it came from."""

from sqlalchemy import select

from app.core.db import db
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.message import Message
from app.models.patient import Patient, RelatedPerson


def caregiver_of(inbound: Message) -> RelatedPerson | None:
    """The caregiver who wrote, so that the answer is theirs and in their language."""
    if inbound.related_person_id is None:
        return None
    key = (inbound.practice_id, inbound.related_person_id)
    return db.session.get_one(RelatedPerson, key)


def number_of(patient: Patient, number: PhoneNumber | None) -> PhoneNumber | None:
    """The number, if it reaches this patient or their caregiver."""
    if number is None:
        return None
    found = select(ContactPoint.id).where(
        ContactPoint.practice_id == patient.practice_id,
        ContactPoint.patient_id == patient.id,
        ContactPoint.phone_number_id == number.id,
        ContactPoint.ended_at.is_(None),
    )
    return number if db.session.scalar(found.limit(1)) is not None else None
