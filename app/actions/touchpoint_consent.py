"""The consent a row rests on, as it stood then: texts with a caregiver on the caregiver's own, every other
text on the patient's. Minutes rest on the one to their programme (touchpoint_programs)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions.touchpoint_contact import Contact
from app.core.db import db
from app.models.consent import EVERYTHING, Consent
from app.models.message import Message
from app.models.patient import RelatedPerson


def caregiver_of(message: Message | None) -> RelatedPerson | None:
    """Who wrote or was written to in the patient's stead."""
    if message is None or message.related_person_id is None:
        return None
    return db.session.get(RelatedPerson, (message.practice_id, message.related_person_id))


def consent_to_texts(contact: Contact, of_patient: UUID | None) -> UUID | None:
    """The patient's, or the caregiver's own word about texts to their phone."""
    message = contact.message
    if message is None or message.related_person_id is None or contact.channel != "sms":
        return of_patient
    return _of_number(message, at=contact.started_at)


def _of_number(message: Message, *, at: datetime) -> UUID | None:
    found = select(Consent.id).where(
        Consent.practice_id == message.practice_id,
        Consent.phone_number_id == message.phone_number_id,
        Consent.patient_id.is_(None),
        Consent.channel == "sms",
        Consent.purpose.in_((EVERYTHING, message.purpose)),
        Consent.recorded_at <= at,
    )  # fmt: skip
    newest = found.order_by(Consent.recorded_at.desc(), Consent.id.desc()).limit(1)
    return db.session.scalar(newest)
