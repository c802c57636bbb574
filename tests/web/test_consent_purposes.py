"""A no to one kind of text: read out in its own words, kept for that kind only, and lifted by a new yes."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.consent import Consent, ConsentDecision
from app.models.patient import Patient
from tests.actions.drafts import queue_to
from tests.conftest import Clock
from tests.world import World, look_again

HTMX = {"HX-Request": "true"}
NO = {"decision": "withdrawn", "how": "phone"}


def newest(patient: Patient) -> Consent:
    look_again()
    rows = select(Consent).where(Consent.patient_id == patient.id)
    return list(db.session.scalars(rows.order_by(Consent.recorded_at, Consent.id)))[-1]


@pytest.fixture
def page(ana: FlaskClient, world: World) -> Callable[[], str]:
    return lambda: ana.get(f"/patients/{world.sam.id}").text


def say(ana: FlaskClient, patient: Patient, **form: str) -> int:
    answer = ana.post(f"/patients/{patient.id}/consents", data=form, headers=HTMX)
    return answer.status_code


def test_it_records_a_no_about_appointments_alone(
    ana: FlaskClient, world: World, clock: Clock, page: Callable[[], str]
) -> None:
    words = (
        "I do not want Harbor Family Clinic to text me about appointments. Other texts may come."
    )
    assert words in page()
    assert say(ana, world.sam, **NO, purpose="appointment") < 400
    row = newest(world.sam)
    assert (row.purpose, row.decision) == ("appointment", ConsentDecision.WITHDRAWN)
    assert row.wording == words  # exactly what was read out
    assert "not about appointments" in page()
    refused = queue_to(world.sam, clock.now, send_key="a", purpose="appointment")
    assert refused.withheld_reason == "no_consent"
    assert queue_to(world.sam, clock.now, send_key="b").withheld_reason is None


def test_a_new_yes_lifts_it(
    ana: FlaskClient, world: World, clock: Clock, page: Callable[[], str]
) -> None:
    say(ana, world.sam, **NO, purpose="appointment")
    clock.advance(minutes=1)
    assert "Record: they agree" in page()
    assert say(ana, world.sam, decision="given", how="phone") < 400
    assert "not about appointments" not in page()
    again = queue_to(world.sam, clock.now, send_key="a", purpose="appointment")
    assert again.withheld_reason is None


def test_it_is_read_out_in_the_patients_language(ana: FlaskClient, world: World) -> None:
    assert world.rosa.language == "es"
    assert "sobre citas. Otros mensajes" in ana.get(f"/patients/{world.rosa.id}").text


@pytest.mark.parametrize("purpose", ["service", "everything", ""])
def test_it_refuses_a_no_about_what_is_not_offered(
    ana: FlaskClient, world: World, purpose: str
) -> None:
    before = newest(world.sam).id
    assert say(ana, world.sam, **NO, purpose=purpose) == 422
    assert newest(world.sam).id == before
