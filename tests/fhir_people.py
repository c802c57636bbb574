"""An invented patient as Synthea writes one: a Patient and what is about them, each pointing at the other by
urn:uuid, and one resource that Touchline keeps no record of."""

import json
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
HERE = {"reference": "urn:uuid:p-77"}
MARIA: Json = {
    "resourceType": "Patient",
    "id": "p-77",
    "identifier": [
        {"system": "https://ehr.example.org", "value": "p-77"},
        {"type": {"coding": [{"code": "MR"}]}, "value": "MR-77"},
    ],
    "name": [
        {"use": "official", "family": "Silva", "given": ["María", "José"]},
        {"use": "maiden", "family": "Old", "given": ["María"]},
    ],
    "birthDate": "1957-03-09",
    "telecom": [
        {"system": "phone", "value": "503-555-0170", "use": "home"},
        {"system": "phone", "value": "503-555-0171", "use": "mobile"},
        {"system": "email", "value": "maria@example.org"},
    ],
    "address": [{"postalCode": "97205"}],
    "communication": [{"language": {"coding": [{"code": "es"}]}}],
    "generalPractitioner": [{"display": "Dr. Nadia Haddad", "identifier": {"value": "1234567893"}}],
}
RESOURCES: list[Json] = [
    {"resourceType": "Coverage", "id": "c-1", "status": "active", "beneficiary": HERE,
     "subscriberId": "CHP-77", "payor": [{"display": "Cascade Health Plan"}],
     "period": {"start": "2026-01-01"}},
    MARIA,
    {"resourceType": "RelatedPerson", "id": "r-1", "patient": HERE, "name": [{"text": "Ana Silva"}],
     "relationship": [{"text": "daughter"}],
     "telecom": [{"system": "phone", "value": "503-555-0172"}]},
    {"resourceType": "Appointment", "id": "a-1", "status": "booked",
     "start": "2026-03-10T14:30:00-07:00",
     "participant": [{"actor": HERE}, {"actor": {"display": "Harbor Street Pantry"}}]},
    {"resourceType": "MedicationRequest", "id": "m-1", "status": "active", "subject": HERE,
     "authoredOn": "2026-03-02T09:00:00-08:00",
     "medicationCodeableConcept": {"text": "Blood pressure tablets"}},
    {"resourceType": "ServiceRequest", "id": "s-1", "status": "active", "intent": "order",
     "subject": HERE, "authoredOn": "2026-03-02T09:00:00-08:00", "code": {"text": "Rides"},
     "category": [{"coding": [{"code": "3457005"}]}], "requester": {"display": "Dr. Nadia Haddad"}},
    {"resourceType": "Observation", "id": "o-1", "subject": HERE},
]  # fmt: skip


def bundle(resources: Sequence[Json]) -> str:
    """A transaction Bundle, as Synthea writes it."""
    entries = [
        {"fullUrl": f"urn:uuid:{each['id']}", "resource": each,
         "request": {"method": "POST", "url": each["resourceType"]}}
        for each in resources
    ]  # fmt: skip
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def ndjson(resources: Sequence[Json]) -> str:
    """A resource a line, pointing by Type/id."""
    text = "\n".join(json.dumps(each) for each in resources)
    return text.replace("urn:uuid:p-77", "Patient/p-77") + "\n"
