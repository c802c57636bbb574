"""Patients: creating one with phone, e-mail, subgroup and consent, and changing what is known about them.
A form, the API and a panel file all come through here, so that the same rules hold for each."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import select

from app.actions import (
    number_endings,
    patient_contacts,
    patient_past,
    patient_subgroups,
    reported_consents,
)
from app.actions.patient_panel import Panel
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.models.care_team import CareTeam
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.patient_fields import InvalidFields, PatientFields, clean
from app.models.practice import Practice
from app.models.topic import note_change

#: Fields that are columns of the patient itself.
COLUMNS = (
    "given_name", "family_name", "birth_date", "language", "postal_code", "time_zone", "pcp",
    "pcp_npi", "care_team_id", "setting", "sensitivity", "preferred_channel",
)  # fmt: skip
REQUIRED = ("mrn", "given_name", "family_name", "birth_date")


class MrnTaken(Conflict):
    """A patient with this record number exists already."""

    def __init__(self, patient_id: UUID) -> None:
        super().__init__()
        self.patient_id = patient_id


def create(
    practice: Practice, *, by: Actor, at: datetime, **fields: Unpack[PatientFields]
) -> Patient:
    """A new patient of the practice.

    Raises InvalidFields for what cannot be used and MrnTaken (with the patient's id) for a known mrn.
    """
    panel = Panel(practice, at=at)
    missing = [Invalid("This is needed.", field=name) for name in REQUIRED if not fields.get(name)]
    kept = checked(panel, fields, missing)
    check_mrn_free(practice, kept["mrn"])
    return add(panel, kept, by=by, at=at)


def update(
    patient: Patient, *, by: Actor, at: datetime, **fields: Unpack[PatientFields]
) -> list[str]:
    """Change what is named; the names of the fields that really changed are returned (and in the event).

    None clears a field that may be empty. Raises InvalidFields; nothing is changed then.
    """
    practice = db.session.get_one(Practice, patient.practice_id)
    panel = Panel(practice, at=at, is_second_hand=by.kind == "token")
    panel.load([patient])
    emptied = [
        Invalid("This cannot be empty.", field=name)
        for name in (*REQUIRED, "language", "setting", "preferred_channel")
        if name in fields and fields.get(name) is None
    ]
    return apply(panel, patient, checked(panel, fields, emptied), by=by, at=at)


def add(panel: Panel, kept: PatientFields, *, by: Actor, at: datetime) -> Patient:
    """A new patient from fields that were checked; the mrn must be free."""
    practice = panel.practice
    patient = Patient(
        practice_id=practice.id,
        id=new_id(),
        mrn=kept["mrn"],
        created_at=at,
        **{name: kept[name] for name in COLUMNS if kept.get(name) is not None},  # type: ignore[literal-required]
    )
    patient.language = patient.language or practice.language
    db.session.add(patient)
    record(patient, "patient.created", by=by, at=at, how=by.kind)
    _set_surroundings(panel, patient, kept, by=by, at=at)
    return patient


def apply(
    panel: Panel, patient: Patient, kept: PatientFields, *, by: Actor, at: datetime
) -> list[str]:
    """Change a patient the panel has loaded to fields that were checked; what really changed."""
    changed = [
        name for name in COLUMNS if name in kept and getattr(patient, name) != kept.get(name)
    ]
    if {"care_team_id", "setting", "sensitivity"} & set(changed):
        patient_past.keep(patient, at=at)
    for name in changed:
        setattr(patient, name, kept.get(name))
    if "care_team_id" in changed:  # who sees them sees what stands under their earlier records
        for earlier in panel.merged(patient):
            earlier.care_team_id = patient.care_team_id
    changed += _set_surroundings(panel, patient, kept, by=by, at=at)
    if changed:
        record(patient, "patient.updated", by=by, at=at, fields=changed)
        # also when only what surrounds them changed
        note_change(db.session, patient.practice_id, "patient", patient.id)
    return changed


def checked(panel: Panel, fields: PatientFields, problems: list[Invalid]) -> PatientFields:
    """The fields as they are stored; raises InvalidFields with every problem found."""
    kept, found = clean(fields, panel.place)
    problems = [*problems, *found]
    team_id = kept.get("care_team_id")
    if team_id is not None and not _has_team(panel.practice, team_id):
        problems.append(Invalid("There is no such care team.", field="care_team_id"))
    if problems:
        raise InvalidFields(problems)
    return kept


def check_mrn_free(practice: Practice, mrn: str) -> None:
    """Raise MrnTaken when the practice has a patient with this mrn."""
    taken = db.session.scalar(
        select(Patient.id).where(Patient.practice_id == practice.id, Patient.mrn == mrn)
    )
    if taken is not None:
        raise MrnTaken(taken)


def _has_team(practice: Practice, team_id: UUID) -> bool:
    found = select(CareTeam.id).where(CareTeam.practice_id == practice.id, CareTeam.id == team_id)
    return db.session.scalar(found) is not None


def _set_surroundings(
    panel: Panel, patient: Patient, kept: PatientFields, *, by: Actor, at: datetime
) -> list[str]:
    """Phone, e-mail, subgroup and consent, in that order; the names of what changed."""
    changed = []
    contacts = panel.contacts(patient)
    if "phone" in kept:
        e164 = kept["phone"]
        number = panel.numbers.number(e164, at=at) if e164 else None
        if _set_phone(panel, patient, number, contacts, by=by, at=at):
            changed.append("phone")
    if "email" in kept and patient_contacts.set_email(patient, kept["email"], contacts, at=at):
        changed.append("email")
    if "subgroup" in kept:
        name = kept["subgroup"]
        subgroup = panel.subgroups.subgroup(name) if name else None
        current = panel.membership(patient)
        if patient_subgroups.join(patient, subgroup, current, today=panel.today):
            changed.append("subgroup")
    said = kept.get("sms_consent")
    if said is not None and reported_consents.report(
        patient, said, practice=panel.practice, decisions=panel.decisions(patient),
        number=panel.number_of(patient), by=by, at=at,
    ):  # fmt: skip
        changed.append("sms_consent")
    return changed


def _set_phone(
    panel: Panel,
    patient: Patient,
    number: PhoneNumber | None,
    contacts: list[ContactPoint],
    *,
    by: Actor,
    at: datetime,
) -> bool:
    """False when nothing changed: it is theirs already, or only a file says so and a person knows better."""
    if panel.knows_better(patient, number):
        return False
    if number is not None and panel.was_refused(patient, number):
        patient_contacts.believe(patient, number.id)
    before = panel.number_of(patient)
    if not patient_contacts.set_phone(patient, number, contacts, at=at):
        return False
    if before is not None:
        number_endings.follow(patient, by=by, at=at)
    return True


def known_by_mrn(practice_id: UUID, mrns: list[str]) -> dict[str, Patient]:
    """The practice's patients with these record numbers."""
    rows: Any = db.session.scalars(
        select(Patient).where(Patient.practice_id == practice_id, Patient.mrn.in_(mrns))
    )
    return {row.mrn: row for row in rows}


def survivors(practice_id: UUID, rows: Collection[Patient]) -> dict[UUID, Patient]:
    """By each one's id the record that stands for the person: itself, unless it was merged."""
    ids = {row.merged_into_id for row in rows if row.merged_into_id}
    kept = select(Patient).where(Patient.practice_id == practice_id, Patient.id.in_(ids))
    into = {row.id: row for row in db.session.scalars(kept)} if ids else {}
    return {row.id: into[row.merged_into_id] if row.merged_into_id else row for row in rows}
