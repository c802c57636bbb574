"""Who has a number: whether it is a patient's at all, and who uses it beside them and may read what is texted
to it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, func, select

from app.core.db import db
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.patient import Patient, PatientStatus

_OF_POINT = (Patient.practice_id == ContactPoint.practice_id) & (
    Patient.id == ContactPoint.patient_id
)
_GONE = (PatientStatus.DECEASED, PatientStatus.LEFT_PRACTICE)


@dataclass(slots=True)
class Holders:
    """`reaches`: whose number it is, or that of who speaks for them; whoever a merged record stands for.
    `users`: who uses it themselves and may be told by it."""

    reaches: set[UUID] = field(default_factory=set)
    users: set[UUID] = field(default_factory=set)


def is_theirs(number: PhoneNumber, patient: Patient) -> bool:
    """Whether the patient, or somebody who speaks for them, has this number now."""
    person = patient.merged_into_id or patient.id
    theirs = (
        select(ContactPoint.id)
        .join(Patient, _OF_POINT)
        .where(
            ContactPoint.practice_id == number.practice_id,
            ContactPoint.phone_number_id == number.id,
            ContactPoint.ended_at.is_(None),
            func.coalesce(Patient.merged_into_id, Patient.id) == person,
        )
    )
    return db.session.scalar(theirs.limit(1)) is not None


def read_holders(practice_id: UUID, numbers: Collection[UUID]) -> dict[UUID, Holders]:
    """Number → who has it, for many in one statement."""
    found: defaultdict[UUID, Holders] = defaultdict(Holders)
    if not numbers:
        return found
    rows = db.session.execute(
        select(
            ContactPoint.phone_number_id,
            ContactPoint.patient_id,
            Patient.merged_into_id,
            ContactPoint.related_person_id.is_(None) & Patient.status.not_in(_GONE),
        )
        .join(Patient, _OF_POINT)
        .where(
            ContactPoint.practice_id == practice_id,
            ContactPoint.phone_number_id.in_(list(numbers)),
            ContactPoint.ended_at.is_(None),
        )
    )
    for number_id, patient_id, stands_for, uses_it in rows:
        if number_id is None:
            continue
        found[number_id].reaches.add(stands_for or patient_id)
        if uses_it and stands_for is None:
            found[number_id].users.add(patient_id)
    return found


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
        .join(Patient, _OF_POINT)
        .where(
            ContactPoint.practice_id == practice_id,
            ContactPoint.related_person_id.is_(None),
            ContactPoint.ended_at.is_(None),
            Patient.merged_into_id.is_(None),
            Patient.status.not_in(_GONE),
        )
    )
