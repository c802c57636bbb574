"""Patients, caregivers, staff, organizations and coverage as FHIR resources, each from one record. Names
and addresses of patients only where the receiver may have them (`named`); otherwise they are masked."""

import hashlib
from datetime import date
from typing import Any

from app.exports.fhir_words import Json, clean, coding, concept, external, masked, reference
from app.models.coverage import Coverage
from app.models.patient import Patient, PatientStatus, RelatedPerson
from app.models.practice import Practice
from app.models.referral import Referrer
from app.models.user import User

LEFT = (PatientStatus.LEFT_PRACTICE, PatientStatus.DECEASED)


def patient(row: Patient, *, named: bool, linked: bool = True, bare: bool = False) -> Json:
    """`linked`: whether the patient this one was merged into may be pointed to. `bare`: only that there is
    somebody with this id, whom the rows are about."""
    if bare:
        return {
            "resourceType": "Patient", "id": str(row.id), "identifier": [masked()], "_active": masked(),
            "name": [masked()], "_birthDate": masked(),
            "managingOrganization": reference("Organization", row.practice_id),
        }  # fmt: skip
    name = {"family": row.family_name, "given": [row.given_name]} if named else masked()
    record_number = {
        "type": concept(coding("http://terminology.hl7.org/CodeSystem/v2-0203", "MR")),
        "system": f"urn:uuid:{row.practice_id}", "value": row.mrn,
    }  # fmt: skip
    merged = [{"other": reference("Patient", row.merged_into_id), "type": "replaced-by"}]
    return clean({
        "resourceType": "Patient",
        "id": str(row.id),
        "identifier": [record_number],
        "active": row.status not in LEFT and row.merged_into_id is None,
        "name": [name],
        "birthDate": row.birth_date.isoformat(),
        "deceasedBoolean": True if row.status is PatientStatus.DECEASED else None,
        "address": [{"postalCode": row.postal_code}] if named and row.postal_code else None,
        "communication": [{"language": _language(row.language), "preferred": True}],
        "generalPractitioner": [external(row.pcp)] if row.pcp else None,
        "managingOrganization": reference("Organization", row.practice_id),
        "link": merged if linked and row.merged_into_id else None,
    })  # fmt: skip


def related_person(row: RelatedPerson, *, named: bool) -> Json:
    """Ended by hand, the period ends on that day at the latest."""
    ends = [day for day in (row.to_on, row.ended_at and row.ended_at.date()) if day]
    return clean({
        "resourceType": "RelatedPerson",
        "id": str(row.id),
        "active": row.ended_at is None,
        "patient": reference("Patient", row.patient_id),
        "relationship": [{"text": row.relationship}],
        "name": [{"text": row.name} if named else masked()],
        "period": _period(row.from_on, max(row.from_on, min(ends)) if ends else None),
        "communication": [{"language": _language(row.language)}],
    })  # fmt: skip


def practitioner(row: User) -> Json:
    """A member of staff. The NPI where the practice recorded one."""
    npi: Any = getattr(row, "npi", None)
    return clean({
        "resourceType": "Practitioner",
        "id": str(row.id),
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": npi}] if npi else None,
        "active": row.is_active,
        "name": [{"text": row.name}],
        "qualification": [{"code": {"text": row.credential}}] if row.credential else None,
    })  # fmt: skip


def practice(row: Practice) -> Json:
    phone = [{"system": "phone", "value": row.phone, "use": "work"}] if row.phone else None
    return organization(str(row.id), row.name, "prov") | clean({"telecom": phone})


def referrer(row: Referrer) -> Json:
    return organization(str(row.id), row.name, "prov")


def payer(name: str) -> Json:
    return organization(payer_id(name), name, "pay")


def organization(id_: str, name: str, kind: str) -> Json:
    system = "http://terminology.hl7.org/CodeSystem/organization-type"
    return {
        "resourceType": "Organization", "id": id_, "active": True,
        "type": [concept(coding(system, kind))], "name": name,
    }  # fmt: skip


def payer_id(name: str) -> str:
    """The same payer has the same id in every export; a payer is only a name to us."""
    return f"payer-{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def coverage(row: Coverage, *, on: date) -> Json:
    """`on`: the last day of the export's period decides whether it is in force."""
    ended = row.to_on is not None and row.to_on < on
    plan = concept(coding("http://terminology.hl7.org/CodeSystem/coverage-class", "plan"))
    return clean({
        "resourceType": "Coverage",
        "id": str(row.id),
        "status": "cancelled" if ended else "active",
        "subscriberId": row.member_id,
        "beneficiary": reference("Patient", row.patient_id),
        "period": _period(row.from_on, row.to_on),
        "payor": [reference("Organization", payer_id(row.payer))],
        "class": [{"type": plan, "value": row.program}] if row.program else None,
    })  # fmt: skip


def _language(code: str) -> Json:
    return concept(coding("urn:ietf:bcp:47", code))


def _period(from_on: date, to_on: date | None) -> Json:
    return clean({"start": from_on.isoformat(), "end": to_on.isoformat() if to_on else None})
