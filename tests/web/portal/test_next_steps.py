"""What's next, in a patient's words: open questions first, appointments, hours and whom to call."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.actions import tasks
from app.core.db import db, transaction
from app.models.appointment import Appointment
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.task import Needs, TaskType
from tests.web.portal.conftest import Enter
from tests.world import World

PAGE = "/portal/my/next"


def add(world: World, patient: Patient, at: datetime, needs: Needs | None = None) -> None:
    with transaction():
        task = tasks.create(
            db.session.merge(patient), TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=at,
            ask_first=False, about={"medication_label": "Secretazol"},
        )  # fmt: skip
        task.owner_id = world.ana.id
        task.needs = needs


def book(patient: Patient, place: str, starts_at: datetime) -> None:
    with transaction():
        db.session.add(
            Appointment(practice_id=patient.practice_id, patient_id=patient.id, place=place,
                        starts_at=starts_at, created_at=starts_at, status="booked")
        )  # fmt: skip


def test_it_says_what_we_do_and_who(world: World, enter: Enter, clock: Any) -> None:
    add(world, world.sam, clock.now, Needs.CALL)
    text = enter(world.sam).get(PAGE).text
    assert "Your medicine" in text
    assert "We will call you." in text
    assert "Ana, care navigator looks after this." in text
    assert "Secretazol" not in text


def test_it_speaks_the_patients_language(world: World, enter: Enter, clock: Any) -> None:
    add(world, world.rosa, clock.now, Needs.SOLVE_BARRIER)
    text = enter(world.rosa).get(PAGE).text
    assert '<html lang="es">' in text
    assert "Sabemos que surgió un problema" in text


def test_it_shows_appointments_to_come_and_only_ones_own(
    world: World, enter: Enter, clock: Any
) -> None:
    book(world.sam, "Harbor Food Pantry", datetime(2026, 3, 5, 22, 30, tzinfo=UTC))
    book(world.sam, "Long ago", clock.now - timedelta(days=2))
    book(world.kim, "Kim's place", clock.now + timedelta(days=1))
    text = enter(world.sam).get(PAGE).text
    assert "Harbor Food Pantry" in text
    assert "Thursday, March 5, 2:30" in text
    assert "Long ago" not in text
    assert "Kim&#39;s place" not in text


def test_it_says_when_we_are_closed_and_when_we_open(
    world: World, enter: Enter, clock: Any
) -> None:
    with transaction():
        practice = db.session.get_one(Practice, world.practice.id)
        practice.hours = {str(day): [["08:00", "17:00"]] for day in range(5)}
    client = enter(world.sam)
    open_page = client.get(PAGE).text
    assert "We are closed now." not in open_page
    assert "Monday – Friday" in open_page
    clock.set(datetime(2026, 3, 4, 3, 0, tzinfo=UTC))  # 7 p.m. where the practice is
    text = enter(world.sam).get(PAGE).text
    assert "We are closed now." in text
    assert "We answer from Tomorrow, 8:00" in text
    assert "call 911" in text
