"""`/api/v1/patients`: create, read, list, change."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response

from app import access
from app.actions import patient_changes, patients
from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import answer, check_named, read_body, written
from app.api.v1.openapi import documented
from app.api.v1.paging import PageQuery, read_page
from app.api.v1.schemas import WarningOut
from app.api.v1.schemas_patients import (
    PatientChanged,
    PatientIn,
    PatientOut,
    PatientPage,
    PatientPatch,
)
from app.models.patient import Patient
from app.models.viewer import Viewer
from app.queries.surroundings import consent_state, current_memberships, decisions_of, own_contacts
from messaging import phone as phones

NOT_THEIRS = "Not taken in: staff said that this number is not theirs. Only staff can give it back."
OPTED_OUT = (
    "Not taken in: they said no to texts. Only START, or a consent that staff record, lifts it."
)


@bp.post("/patients")
@documented("patients", body=PatientIn, gives=(201, PatientOut), refuses=(404, 409))
def create_patient() -> Response:
    """Create a patient.

    A known mrn answers 409 with the `id` of the patient who has it.
    """
    by = viewer("patients:write")
    body = read_body(PatientIn)

    def write(at: datetime) -> Patient:
        check_named(by, team_id=body.care_team_id)
        return patients.create(access.practice_of(by), by=by.actor, at=at, **body.fields())

    made = shown(by, [written(write)])[0]
    return answer(made, 201, location=f"/api/v1/patients/{made.id}")


@bp.get("/patients")
@documented("patients", query=PageQuery, gives=(200, PatientPage))
def list_patients() -> Response:
    """List patients, in the order of their newest change."""
    by = viewer("patients:read")
    rows, following, resume = read_page(by, access.visible_patients(by), Patient, "patient")
    access.seen(by, [row.id for row in rows], through="api")
    return answer(PatientPage(items=shown(by, rows), next=following, resume=resume))


@bp.get("/patients/<uuid:patient_id>")
@documented("patients", gives=(200, PatientOut), refuses=(404,))
def read_patient(patient_id: UUID) -> Response:
    """Read a patient."""
    by = viewer("patients:read")
    return answer(shown(by, [access.patient_for(by, patient_id, through="api")])[0])


@bp.patch("/patients/<uuid:patient_id>")
@documented("patients", body=PatientPatch, gives=(200, PatientChanged), refuses=(404, 409))
def change_patient(patient_id: UUID) -> Response:
    """Change what is named about a patient.

    A status other than active cancels queued messages and stops every ladder. What a person of the practice
    knows better is left as it is: `warnings` says so.
    """
    by = viewer("patients:write")
    body = read_body(PatientPatch)

    def write(at: datetime) -> Patient:
        patient = access.patient_for(by, patient_id, through="api")
        check_named(by, team_id=body.care_team_id)
        patients.update(patient, by=by.actor, at=at, **body.fields())
        _set_status(patient, body, by, at)
        return patient

    made = shown(by, [written(write)])[0]
    return answer(PatientChanged(**made.model_dump(), warnings=warnings_of(by, body, made)))


def warnings_of(by: Viewer, body: PatientPatch, made: PatientOut) -> list[WarningOut]:
    """A number that somebody said is not theirs, and a yes that would lift a no, were not taken in."""
    found = []
    if body.phone is not None:
        number = phones.parse(body.phone, region=access.practice_of(by).country)
        points = own_contacts(by.practice_id, [made.id]).get(made.id, [])
        if number not in {point.phone_number.e164 for point in points if point.phone_number}:
            found.append(WarningOut(field="phone", code="number_not_theirs", message=NOT_THEIRS))
    if body.sms_consent is not None and body.sms_consent.given and made.sms_consent == "withdrawn":
        found.append(WarningOut(field="sms_consent", code="opted_out", message=OPTED_OUT))
    return found


def _set_status(patient: Patient, body: PatientPatch, by: Viewer, at: datetime) -> None:
    if body.status is None and body.status_since is None:
        return
    today = at.astimezone(ZoneInfo(access.practice_of(by).time_zone)).date()
    patient_changes.set_status(
        patient, body.status or patient.status, since=body.status_since or today, today=today,
        by=by.actor, at=at,
    )  # fmt: skip


def shown(by: Viewer, rows: list[Patient]) -> list[PatientOut]:
    """The patients with phone, e-mail, subgroup and consent, in a constant number of statements."""
    ids = [row.id for row in rows]
    contacts = own_contacts(by.practice_id, ids)
    groups = current_memberships(by.practice_id, ids)
    decisions = decisions_of(by.practice_id, ids)
    made = []
    for row in rows:
        points = contacts.get(row.id, [])
        number = next((point.phone_number for point in points if point.phone_number), None)
        columns = {
            name: getattr(row, name) for name in PatientOut.model_fields if hasattr(row, name)
        }
        made.append(
            PatientOut(
                **columns,
                phone=number.e164 if number else None,
                email=next((point.email for point in points if point.email), None),
                subgroup=groups[row.id].subgroup.code if row.id in groups else None,
                sms_consent=consent_state(decisions.get(row.id, []), number),
            )
        )
    return made
