"""Patients as staff meet them: finding one, adding one with consent, changing the record, statuses that stop
texts, pauses, and the page's story."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.consent import Consent, ConsentDecision, ConsentHow
from app.models.event import AccessLog, Event
from app.models.patient import Patient, PatientStatus
from app.models.task import TaskType
from app.models.user import User
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
NIA = {
    "mrn": "N-1", "given_name": "Nia", "family_name": "Okoye", "birth_date": "1950-02-03",
    "phone": "(503) 555-0142", "language": "es", "postal_code": "97205", "preferred_channel": "sms",
    "setting": "home", "subgroup": "Complex needs", "care_team_id": "", "email": "", "pcp": "",
    "time_zone": "",
}  # fmt: skip


def found(mrn: str) -> Patient | None:
    look_again()
    return db.session.scalars(select(Patient).where(Patient.mrn == mrn)).one_or_none()


def newest_consent(patient: Patient) -> Consent:
    look_again()
    rows = select(Consent).where(Consent.patient_id == patient.id)
    order = rows.order_by(Consent.recorded_at.desc(), Consent.id.desc())
    return db.session.scalars(order.limit(1)).one()


@pytest.mark.parametrize("q", ["tran", "KIM", "H-3", "5550103", "0103"])
def test_it_finds_patients_by_name_record_number_or_phone(ana: FlaskClient, q: str) -> None:
    page = ana.get(f"/patients?q={q}").text
    assert "Kim Tran" in page
    assert "Sam Porter" not in page


def test_it_finds_only_whom_the_team_sees(
    ana: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    assert "Nobody found" in ana.get("/patients?q=baker").text
    assert "Tom Baker" in sign_in(world.ben).get("/patients?q=baker").text
    assert "Tom Baker" in sign_in(world.lea).get("/patients?q=baker").text


def test_it_remembers_whom_this_person_opened(
    ana: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    assert "Patients you open appear here" in ana.get("/patients").text
    ana.get("/patients?q=tran")  # being in a list is no look
    ana.get(f"/patients/{world.sam.id}")
    page = ana.get("/patients").text
    assert "Sam Porter" in page
    assert "Kim Tran" not in page
    assert "Sam Porter" not in sign_in(world.lea).get("/patients").text


def test_it_notes_who_looked(ana: FlaskClient, world: World) -> None:
    ana.get(f"/patients/{world.sam.id}")
    look_again()
    row = db.session.scalars(select(AccessLog)).one()
    assert (row.viewer_id, row.patient_id, row.through) == (world.ana.id, world.sam.id, "patient")


def test_it_adds_a_patient_with_the_words_they_agreed_to(ana: FlaskClient, world: World) -> None:
    answer = ana.post("/patients", data=NIA | {"agreed": "yes"})
    nia = found("N-1")
    assert nia is not None
    assert answer.headers["Location"] == f"/patients/{nia.id}"
    consent = newest_consent(nia)
    assert (consent.decision, consent.how) == (ConsentDecision.GIVEN, ConsentHow.DESK)
    assert consent.wording.startswith("Acepto que Harbor Family Clinic me envíe")
    assert consent.wording in ana.get("/patients/new").text  # exactly what was shown
    page = ana.get(f"/patients/{nia.id}").text
    assert "(503) 555-0142" in page
    assert "Complex needs" in page


def test_it_adds_without_consent_when_nobody_agreed(ana: FlaskClient) -> None:
    ana.post("/patients", data=NIA)
    nia = found("N-1")
    assert nia is not None
    assert "Without a yes, nothing is texted" in ana.get(f"/patients/{nia.id}").text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("phone", "12", "number"),
        ("birth_date", "3/9/1957", "year-month-day"),
        ("birth_date", "2126-01-01", "future"),
        ("postal_code", "9720", "ZIP"),
        ("given_name", "", "needed"),
        ("email", "nia", "e-mail"),
        ("time_zone", "Mars/Base", "zone"),
    ],
)
def test_it_says_beside_the_field_what_is_wrong(
    ana: FlaskClient, field: str, value: str, words: str
) -> None:
    answer = ana.post("/patients", data=NIA | {field: value})
    assert answer.status_code == 422
    assert f'id="f-{field}-hint"' in answer.text
    assert words in answer.text
    assert "Okoye" in answer.text  # nothing typed is lost
    assert found("N-1") is None


def test_it_says_who_has_the_record_number_already(ana: FlaskClient, world: World) -> None:
    assert "Sam Porter" in ana.post("/patients", data=NIA | {"mrn": "H-2"}).text
    hidden = ana.post("/patients", data=NIA | {"mrn": "H-6"}).text
    assert "Tom Baker" not in hidden
    assert "outside of your teams" in hidden


def test_it_changes_the_record(ana: FlaskClient, world: World) -> None:
    page = ana.get(f"/patients/{world.sam.id}/edit").text
    assert 'value="+15035550102"' in page
    change = NIA | {"given_name": "Samuel", "family_name": "Porter", "phone": "+15035550142"}
    change.pop("mrn")
    assert ana.post(f"/patients/{world.sam.id}/edit", data=change).status_code == 303
    sam = found("H-2")
    assert sam is not None
    assert sam.given_name == "Samuel"
    assert "(503) 555-0142" in ana.get(f"/patients/{world.sam.id}").text
    bad = ana.post(f"/patients/{world.sam.id}/edit", data=change | {"family_name": ""})
    assert bad.status_code == 422


def test_it_records_a_yes_that_lifts_a_stop(ana: FlaskClient, world: World) -> None:
    page = ana.get(f"/patients/{world.olga.id}").text
    assert "Withdrawn" in page
    assert "I agree that Harbor Family Clinic may text me" in page
    ana.post(f"/patients/{world.olga.id}/consents", data={"decision": "given", "how": "phone"})
    consent = newest_consent(world.olga)
    assert (consent.decision, consent.how) == (ConsentDecision.GIVEN, ConsentHow.PHONE)
    assert consent.recorded_by_id == world.ana.id
    assert world.number(world.olga).opted_out_at is None


def test_it_records_a_no_that_stops_texts_at_once(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    ana.post(f"/patients/{world.sam.id}/consents", data={"decision": "withdrawn", "how": "desk"})
    assert newest_consent(world.sam).decision is ConsentDecision.WITHDRAWN
    page = ana.get(f"/patients/{world.sam.id}").text
    assert "Find another way to reach them" in page


@pytest.mark.parametrize(
    "form", [{"decision": "given", "how": "import"}, {"decision": "x", "how": "desk"}]
)
def test_it_refuses_a_consent_nobody_could_have_heard(
    ana: FlaskClient, world: World, form: dict[str, str]
) -> None:
    answer = ana.post(f"/patients/{world.sam.id}/consents", data=form, headers=HTMX)
    assert answer.status_code == 422


def test_it_says_what_a_status_stops(ana: FlaskClient, world: World) -> None:
    form = {"status": "hospice", "since": "2026-03-01"}
    ana.post(f"/patients/{world.sam.id}/status", data=form)
    sam = found("H-2")
    assert sam is not None
    assert sam.status is PatientStatus.HOSPICE
    assert "No text leaves" in ana.get(f"/patients/{world.sam.id}").text
    future = ana.post(
        f"/patients/{world.sam.id}/status",
        data={"status": "active", "since": "2026-04-01"},
        headers=HTMX,
    )
    assert future.status_code == 422


def test_it_pauses_automatic_texts_and_goes_on(ana: FlaskClient, world: World) -> None:
    ana.post(f"/patients/{world.sam.id}/pause")
    assert "Automatic texts are paused" in ana.get(f"/patients/{world.sam.id}").text
    ana.delete(f"/patients/{world.sam.id}/pause", headers=HTMX)
    assert "Automatic texts are paused" not in ana.get(f"/patients/{world.sam.id}").text
    look_again()
    kinds = list(db.session.scalars(select(Event.kind).where(Event.patient_id == world.sam.id)))
    assert kinds[-2:] == ["patient.automation_paused", "patient.automation_resumed"]


def test_it_tells_the_story_in_parts(ana: FlaskClient, phones: Phones, world: World) -> None:
    phones.text(world.sam, "Hello, can you help me?")
    assert "Hello, can you help me?" in ana.get(f"/patients/{world.sam.id}").text
    part = ana.get(f"/patients/{world.sam.id}/story?kind=changes", headers=HTMX).text
    assert "Consent to texts given" in part
    assert "Hello" not in part


def test_it_names_who_shares_the_phone(ana: FlaskClient, world: World) -> None:
    assert "Shared with Lee Tran" in ana.get(f"/patients/{world.kim.id}").text


def test_it_texts_a_portal_link(ana: FlaskClient, world: World) -> None:
    answer = ana.post(f"/patients/{world.sam.id}/portal-links", headers=HTMX)
    assert "The link is on its way" in answer.headers["HX-Trigger"]
    stopped = ana.post(f"/patients/{world.olga.id}/portal-links", headers=HTMX)
    assert "Not sent" in stopped.headers["HX-Trigger"]


def test_it_texts_a_portal_link_at_night_only_when_the_patient_asked(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    clock.now = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)  # 9:30 pm where Sam is
    ana = sign_in(world.ana)
    page = f"/patients/{world.sam.id}/portal-links"
    assert "quiet hours" in ana.post(page, headers=HTMX).headers["HX-Trigger"]
    asked = ana.post(page, headers=HTMX, data={"asked": "yes"})
    assert "The link is on its way" in asked.headers["HX-Trigger"]


def test_it_keeps_analysts_out(sign_in: SignInAs, world: World) -> None:
    anton = sign_in(world.anton)
    assert anton.get("/patients").status_code == 403
    assert anton.get(f"/patients/{world.sam.id}").status_code == 403


def test_it_shows_nothing_of_a_patient_of_another_team_after_they_move(
    ana: FlaskClient, world: World
) -> None:
    assert ana.get(f"/patients/{world.sam.id}").status_code == 200
    with transaction():
        db.session.merge(world.sam).care_team_id = world.other_team.id
    assert ana.get(f"/patients/{world.sam.id}").status_code == 404
    assert "Sam Porter" not in ana.get("/patients").text
