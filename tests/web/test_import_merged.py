"""A file that still names a merged record speaks of the one that stands for the person."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.consent_state import current
from app.core.db import db
from app.models.appointment import Appointment
from app.models.coverage import Coverage
from app.models.patient import Patient, PatientStatus
from app.models.run import ImportRun
from app.queries.surroundings import own_contacts
from tests.conftest import Clock
from tests.fhir_people import MARIA, RESOURCES, bundle
from tests.web.importing import only_run, take_in
from tests.web.merging import again, merge
from tests.world import World

HEAD = "mrn,given_name,family_name,birth_date,phone,sms_consent,sms_consent_on,payer,member_id"


def panel(*lines: str) -> str:
    return "\n".join([HEAD, *lines, ""])


def test_a_panel_under_the_old_number_reaches_the_survivor(
    lea: FlaskClient, app: Flask, world: World, twin: Patient, clock: Clock
) -> None:
    merge(lea, world.sam, twin)
    clock.advance(minutes=1)
    take_in(
        lea, app, panel("0002-H,Sam,Porter,1957-03-09,5035550177,no,2026-03-03,Valley Plan,V-1")
    )
    assert (only_run().updated, only_run().refused) == (1, 0)
    sam = again(world.sam)
    best = own_contacts(sam.practice_id, [sam.id])[sam.id][0].phone_number
    assert best is not None
    assert best.e164 == "+15035550177"
    assert current(sam, None)[0] == "withdrawn"
    plans = db.session.scalars(select(Coverage).where(Coverage.payer == "Valley Plan")).all()
    assert [row.patient_id for row in plans] == [sam.id]
    assert again(twin).given_name == "Sammy", "the merged record stays as it was"


def test_two_lines_of_one_person_are_taken_one_after_the_other(
    lea: FlaskClient, app: Flask, world: World, twin: Patient, clock: Clock
) -> None:
    merge(lea, twin, world.sam)
    clock.advance(minutes=1)
    own, old = ("0002-H,Sam,Porter,1957-03-09,5035550102,no,2026-03-01,Valley Plan,V-1",
                "H-2,Sam,Porter,1957-03-09,5035550102,yes,2026-03-01,Valley Plan,V-1")  # fmt: skip
    take_in(lea, app, panel(own, old))
    assert current(again(twin), None)[0] == "withdrawn", "a yes does not lift the file's no"
    plans = db.session.scalars(select(Coverage).where(Coverage.payer == "Valley Plan")).all()
    assert [row.patient_id for row in plans] == [twin.id]


def test_fhir_under_the_old_number_reaches_the_survivor(
    lea: FlaskClient, app: Flask, world: World, clock: Clock
) -> None:
    rest = [each for each in RESOURCES if each["resourceType"] != "Patient"]
    take_in(lea, app, bundle([MARIA]), "fhir")
    maria = db.session.scalars(select(Patient).where(Patient.mrn == "MR-77")).one()
    clock.advance(minutes=1)
    merge(lea, world.sam, maria)
    clock.advance(minutes=1)
    died: dict[str, Any] = {**MARIA, "deceasedBoolean": True}
    take_in(lea, app, bundle([died, *rest]), "fhir")
    newest = db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()
    assert newest is not None
    assert newest.refused == 0
    assert again(world.sam).status is PatientStatus.DECEASED
    assert again(maria).status is PatientStatus.ACTIVE
    assert db.session.scalars(select(Appointment)).one().patient_id == world.sam.id
