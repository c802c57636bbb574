"""`flask fhir import`: a Synthea-shaped Bundle or NDJSON, in any order, goes in once; what Touchline keeps no
record of is counted, and what cannot be used is refused by name."""

import contextvars
import json
import random
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.models.appointment import Appointment, MedicationOrder
from app.models.contact_point import ContactPoint
from app.models.coverage import Coverage
from app.models.patient import Patient, PatientStatus, RelatedPerson
from app.models.referral import Referral
from app.models.run import ImportRun
from app.models.task import Task
from tests.fhir_people import MARIA, RESOURCES, bundle, ndjson

COUNTED = (
    Patient,
    Coverage,
    RelatedPerson,
    Appointment,
    MedicationOrder,
    Referral,
    Task,
    ContactPoint,
)


@pytest.fixture
def run(app, tmp_path):
    def invoke(text: str | Path, *more: str, name: str = "bundle.json", slug: str = "harbor"):
        path = text if isinstance(text, Path) else tmp_path / name
        if isinstance(text, str):
            path.write_text(text, encoding="utf-8")
        words = ["fhir", "import", str(path), "--practice", slug, *more]
        result = contextvars.Context().run(app.test_cli_runner().invoke, args=words)
        db.session.rollback()
        db.session.expire_all()
        return result

    return invoke


def counts() -> list[int]:
    return [db.session.scalar(select(func.count()).select_from(each)) or 0 for each in COUNTED]


def maria() -> Patient:
    return db.session.scalars(select(Patient).where(Patient.mrn == "MR-77")).one()


def changed(kind: str, **more: Any) -> list[dict[str, Any]]:
    made = deepcopy(RESOURCES)
    for each in made:
        if each["resourceType"] == kind:
            each |= more
    return made


@pytest.mark.parametrize("shape", ["bundle", "shuffled", "ndjson", "folder"])
def test_it_takes_in_a_patient_with_all_that_is_about_them(run, world, tmp_path, shape) -> None:
    before = counts()
    mixed = random.Random(7).sample(RESOURCES, len(RESOURCES))
    if shape == "folder":
        for number, each in enumerate(mixed):
            (tmp_path / f"{number}.json").write_text(ndjson([each]), encoding="utf-8")
        result = run(tmp_path)
    elif shape == "ndjson":
        result = run(ndjson(mixed), name="all.ndjson")
    else:
        result = run(bundle(mixed if shape == "shuffled" else RESOURCES))
    assert result.exit_code == 0, result.output
    assert "6 lines: 6 created, 0 updated, 0 unchanged, 0 refused." in result.output
    assert "passed over: 1 Observation" in result.output
    assert [now - was for now, was in zip(counts(), before, strict=True)] == [
        1,
        1,
        1,
        1,
        1,
        1,
        3,
        3,
    ]
    patient = maria()
    assert (patient.name, patient.language, patient.postal_code, patient.pcp_npi) == (
        "María José Silva", "es", "97205", "1234567893")  # fmt: skip
    assert world.phone(patient) == "+15035550171"
    payer = db.session.scalars(select(Coverage).where(Coverage.patient_id == patient.id)).one()
    assert (payer.payer, payer.member_id, str(payer.from_on)) == (
        "Cascade Health Plan", "CHP-77", "2026-01-01")  # fmt: skip
    daughter = db.session.scalars(select(RelatedPerson)).one()
    assert (daughter.name, daughter.may_receive, daughter.may_answer) == ("Ana Silva", [], [])
    visit = db.session.scalars(select(Appointment)).one()
    assert (visit.place, visit.starts_at.isoformat()) == (
        "Harbor Street Pantry", "2026-03-10T21:30:00+00:00")  # fmt: skip
    assert db.session.scalars(select(Referral)).one().referred_by == "Dr. Nadia Haddad"


def test_the_same_again_changes_nothing_however_it_is_packed(run, world) -> None:
    run(bundle(RESOURCES))
    before = counts()
    for text, name in ((bundle(RESOURCES), "b.json"), (ndjson(RESOURCES), "c.ndjson")):
        assert "0 created, 0 updated, 6 unchanged" in run(text, name=name).output
        assert counts() == before


def test_an_office_stays_the_same_when_it_was_renamed_here(run, world, sign_in) -> None:
    def asked(request: str, **requester: Any) -> None:
        [referral] = [each for each in RESOURCES if each["resourceType"] == "ServiceRequest"]
        run(ndjson([MARIA, referral | {"id": request} | requester]), name="r.ndjson")

    role = {
        "resourceType": "PractitionerRole",
        "id": "role",
        "practitioner": {"display": "Dr. Nadia Haddad"},
        "organization": {"reference": "#org"},
    }
    org = {"resourceType": "Organization", "id": "org", "name": "Pine Street",
           "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
           "telecom": [{"system": "fax", "value": "503-555-0188"}]}  # fmt: skip
    asked("s-1", requester={"reference": "#role"}, contained=[role, org])
    first = db.session.scalars(select(Referral)).one()
    assert first.referrer is not None
    assert (first.referred_by, first.referrer.name) == ("Dr. Nadia Haddad", "Pine Street")
    sign_in(world.ana).post(f"/offices/{first.referrer_id}", data={
        "name": "Oak Health", "email": "", "phone": "", "fax": "503-555-0188"})  # fmt: skip
    plain = {"reference": "https://ehr.example.org/Organization/9", "display": "Pine street"}
    asked("s-2", requester=plain)
    asked("s-3", requester={"reference": "Organization/9", "display": "The Pines"})
    moved = {"resourceType": "Organization", "id": "org", "name": "PSPC"}
    for number, known_by in (("s-4", "identifier"), ("s-5", "telecom")):
        asked(
            number, requester={"reference": "#org"}, contained=[moved | {known_by: org[known_by]}]
        )
    offices = select(Referral.referrer_id)
    assert list(db.session.scalars(offices)) == [first.referrer_id] * 5
    asked("s-6", requester={"reference": "Organization/10", "display": "Elm Street"})
    assert len(set(db.session.scalars(offices))) == 2


def test_a_later_file_finds_the_patient_of_an_earlier_one(run, world) -> None:
    run(bundle([MARIA]))
    others = [each for each in RESOURCES if each["resourceType"] != "Patient"]
    assert "5 created" in run(ndjson(others), name="rest.ndjson").output
    assert db.session.scalars(select(Appointment)).one().patient_id == maria().id


def test_a_cancelled_appointment_and_a_death_take_effect(run, world) -> None:
    run(bundle(RESOURCES))
    assert "1 updated" in run(bundle(changed("Appointment", status="cancelled"))).output
    assert db.session.scalars(select(Appointment)).one().status == "cancelled"
    run(bundle(changed("Patient", deceasedBoolean=True)))
    assert maria().status is PatientStatus.DECEASED


def test_what_is_long_over_is_history_and_nobody_is_asked(run, world) -> None:
    old = [each | {"authoredOn": "1991-02-03"} for each in RESOURCES
           if each["resourceType"] in ("MedicationRequest", "Patient")]  # fmt: skip
    result = run(bundle(old))
    assert "passed over: 1 MedicationRequest: history" in result.output
    assert db.session.scalar(select(func.count(Task.id))) == 0


def test_a_phone_that_cannot_be_used_is_left_out_and_counted(run, world) -> None:
    odd = [MARIA | {"telecom": [{"system": "phone", "value": "555-1"}]}]
    assert "passed over: 1 Patient: phone that cannot be used" in run(bundle(odd)).output
    assert maria().name == "María José Silva"


BAD = {
    "Patient": ({"birthDate": "1957"}, "Patient.birthDate", "whole date"),
    "Coverage": ({"payor": []}, "Coverage.payor", "missing"),
    "Appointment": ({"start": "soon"}, "Appointment.start", "moment"),
    "MedicationRequest": (
        {"medicationCodeableConcept": {}}, "MedicationRequest.medication", "which medicine"),
    "ServiceRequest": (
        {"subject": {"reference": "Patient/nobody"}}, "ServiceRequest.subject", "neither in the file"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_resource_is_refused_by_name_and_the_rest_go_in(run, world, kind) -> None:
    more, field, words = BAD[kind]
    result = run(bundle([*changed(kind, **more), {"resourceType": "Group", "id": "g"}]))
    told = [each for each in result.output.splitlines() if each.startswith("line ")]
    assert any(field in each and words in each for each in told), told
    assert len(told) == (6 if kind == "Patient" else 1)  # what is about nobody known stays out too
    assert f"{6 - len(told)} created" in result.output


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "empty"), ("mrn,name", "not FHIR"), ('{"resourceType": "Bundle", "entry": [', "whole JSON")],
)  # fmt: skip
def test_what_is_no_fhir_is_said_so(run, world, text, words) -> None:
    result = run(text)
    assert result.exit_code == 1
    assert words in result.output
    assert db.session.scalar(select(func.count(ImportRun.id)).where(ImportRun.created > 0)) == 0


def test_a_broken_line_of_ndjson_is_refused_alone(run, world) -> None:
    result = run(f"{json.dumps(MARIA)}\nnot json\n", name="a.ndjson")
    assert "line 2: This line is not JSON." in result.output
    assert "1 created" in result.output


def test_ids_of_one_practice_mean_nothing_in_another(run, world) -> None:
    run(bundle([MARIA]))
    others = [each for each in RESOURCES if each["resourceType"] != "Patient"]
    result = run(bundle(others), slug="other")
    assert "0 created" in result.output
    assert "neither in the file nor known here" in result.output
