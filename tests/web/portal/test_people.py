"""The patient sees who may speak for them, and ends it themselves."""

from datetime import date, timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import related_people
from app.core.db import db, transaction
from app.models.event import Event
from app.models.patient import Patient, RelatedPerson
from tests.conftest import Clock
from tests.web.portal.conftest import Enter
from tests.world import World, look_again

PAGE = "/portal/my/people"


def helper_of(patient: Patient, world: World, clock: Clock) -> RelatedPerson:
    with transaction():
        agreed = related_people.Agreed(
            name="Luz Jimenez", relationship="hija", language="es", may_answer=[],
            may_receive=["medication_received"], phone="503-555-0171",
            authorised_by="Rosa Jimenez", from_on=date(2026, 1, 1),
        )  # fmt: skip
        return related_people.add(patient, agreed, by=world.system.actor, at=clock.now)


def end(client: FlaskClient, person: RelatedPerson) -> int:
    return client.post(f"{PAGE}/{person.id}/ending").status_code


def test_it_shows_who_and_ends_it_at_once(world: World, enter: Enter, clock: Clock) -> None:
    person = helper_of(world.rosa, world, clock)
    client = enter(world.rosa)
    assert "Quién puede hablar por usted" in client.get("/portal/my/preferences").text
    page = client.get(PAGE).text
    for words in ("Luz Jimenez", "su medicamento", "nada"):
        assert words in page, words
    assert end(client, person) == 303
    look_again()
    found = db.session.get_one(RelatedPerson, (person.practice_id, person.id))
    assert found.ended_by == "patient"
    kinds = select(Event.actor_kind).where(Event.kind == "related_person.revoked")
    assert db.session.scalars(kinds).all() == ["patient"]
    assert "ya no puede hablar por mí" not in client.get(PAGE).text


def test_staff_cannot_undo_what_the_patient_ended(
    world: World, enter: Enter, ana: FlaskClient, clock: Clock
) -> None:
    person = helper_of(world.rosa, world, clock)
    end(enter(world.rosa), person)
    clock.set(clock.now + timedelta(minutes=1))
    address = f"/patients/{world.rosa.id}/people/{person.id}/ending"
    assert ana.delete(address).status_code == 409
    assert "by the patient" in ana.get(f"/patients/{world.rosa.id}/people").text


def test_another_patients_helper_is_out_of_reach(world: World, enter: Enter, clock: Clock) -> None:
    person = helper_of(world.rosa, world, clock)
    other = enter(world.sam)
    assert "Luz Jimenez" in enter(world.rosa).get(PAGE).text  # else this proves nothing
    assert "Luz Jimenez" not in other.get(PAGE).text
    assert end(other, person) == 404
    look_again()
    assert db.session.get_one(RelatedPerson, (person.practice_id, person.id)).ended_at is None
