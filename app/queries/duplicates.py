"""Records that may be of one person, of all the viewer sees, without those somebody told apart. Two
statements and a comparison of what is rare, whatever the number of patients."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select

from app.access import seen, visible_patients
from app.core.db import db
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.patient import Patient, PatientStatus
from app.models.patient_merge import NotSame, PatientMerge
from app.models.viewer import Viewer
from app.value.likeness import Known, likely_pairs

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two records, the older one first, and why they may be one."""

    first: Patient
    second: Patient
    reasons: tuple[str, ...]
    phones: dict[UUID, list[str]]


@dataclass(frozen=True, slots=True)
class Duplicates:
    pairs: list[Duplicate]
    more: int


def duplicates(viewer: Viewer) -> Duplicates:
    """The likeliest first."""
    apart = _told_apart(viewer)
    phones = _phones(viewer)
    living = visible_patients(viewer).where(
        Patient.merged_into_id.is_(None), Patient.status != PatientStatus.ENTERED_IN_ERROR
    )
    columns = (Patient.id, Patient.mrn, Patient.given_name, Patient.family_name, Patient.birth_date)
    rows = db.session.execute(living.with_only_columns(*columns).order_by(Patient.id))
    known = [Known(*row, phones=frozenset(phones.get(row[0], ()))) for row in rows]
    found = [
        pair for pair in likely_pairs(known) if frozenset((pair.first, pair.second)) not in apart
    ]
    shown = found[:SHOWN]
    ids = {each for pair in shown for each in (pair.first, pair.second)}
    people = {
        row.id: row
        for row in db.session.scalars(visible_patients(viewer).where(Patient.id.in_(ids)))
    }
    seen(viewer, ids, through="duplicates")
    return Duplicates(
        [
            Duplicate(
                people[pair.first], people[pair.second], pair.reasons,
                {each: phones.get(each, []) for each in (pair.first, pair.second)},
            )
            for pair in shown
        ],
        len(found) - len(shown),
    )  # fmt: skip


def merged_records(viewer: Viewer, patient: Patient) -> list[tuple[PatientMerge, Patient]]:
    """The merges into this record that hold, newest first, with the record each brought."""
    rows = db.session.execute(
        visible_patients(viewer)
        .join(PatientMerge, and_(PatientMerge.practice_id == Patient.practice_id,
                                 PatientMerge.merged_id == Patient.id))
        .where(Patient.merged_into_id == patient.id, PatientMerge.undone_at.is_(None))
        .add_columns(PatientMerge)
        .order_by(PatientMerge.merged_at.desc(), PatientMerge.id)
    )  # fmt: skip
    return [(merge, record) for record, merge in rows]


def _told_apart(viewer: Viewer) -> set[frozenset[UUID]]:
    rows = select(NotSame.first_id, NotSame.second_id).where(
        NotSame.practice_id == viewer.practice_id
    )
    return {frozenset(row) for row in db.session.execute(rows)}


def _phones(viewer: Viewer) -> dict[UUID, list[str]]:
    """Numbers in use that are the patients' own."""
    rows = (
        select(ContactPoint.patient_id, PhoneNumber.e164)
        .join(PhoneNumber, and_(PhoneNumber.practice_id == ContactPoint.practice_id,
                                PhoneNumber.id == ContactPoint.phone_number_id))
        .where(
            ContactPoint.practice_id == viewer.practice_id,
            ContactPoint.ended_at.is_(None),
            ContactPoint.related_person_id.is_(None),
        )
    )  # fmt: skip
    found: dict[UUID, list[str]] = {}
    for patient_id, e164 in db.session.execute(rows):
        found.setdefault(patient_id, []).append(e164)
    return found
