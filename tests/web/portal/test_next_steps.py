"""What's next, in a patient's words: open questions first, appointments, hours and whom to call."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from app.actions import referral_steps, referrals, tasks
from app.core.db import db, transaction
from app.models.appointment import Appointment
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.referral_state import ReferralStatus
from app.models.task import Evidence, Needs, Task, TaskType
from app.web.portal import next_steps
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


def test_it_says_where_each_referral_stands_and_never_why(
    world: World, enter: Enter, clock: Any
) -> None:
    with transaction():
        for patient, by in ((world.sam, "Dr. Hall"), (world.kim, "Dr. Other")):
            referrals.create(
                db.session.merge(patient), reason="Secret heart trouble", referred_by=by,
                by=world.system.actor, at=clock.now,
            )  # fmt: skip
    text = enter(world.sam).get(PAGE).text
    assert "From Dr. Hall" in text
    assert "We have it and are looking at how we can help." in text
    assert "Secret heart trouble" not in text
    assert "Dr. Other" not in text


def test_every_state_of_a_referral_has_its_words() -> None:
    shown = set(ReferralStatus) - {ReferralStatus.ENTERED_IN_ERROR}
    assert set(next_steps._REFERRALS) == shown


def test_everything_we_do_has_its_words() -> None:
    assert set(next_steps._OURS) == set(Needs)


def test_it_says_that_they_are_in_touch_only_when_they_are(
    world: World, enter: Enter, clock: Any
) -> None:
    with transaction():
        referral = referrals.create(
            db.session.merge(world.sam), reason="Falls", by=world.system.actor, at=clock.now
        )
        referral_steps.reject(referral, "Not a fit", by=world.system.actor, at=clock.now)
    text = enter(world.sam).get(PAGE).text
    assert "We will tell your doctor how it stands." in text
    assert "You are in touch with us" not in text


def test_an_open_question_is_answered_right_there(world: World, enter: Enter, clock: Any) -> None:
    with transaction():
        sam = db.session.merge(world.sam)
        sam.preferred_channel = "portal"
        task = tasks.create(sam, TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=clock.now)
    client = enter(world.sam)
    page = client.get(PAGE).text
    assert "Tap your answer:" in page
    found = re.search(r'action="(/portal/my/questions/[^"]+)"', page)
    assert found is not None
    answer = client.post(found[1], data={"key": "yes", "back": PAGE})
    assert (answer.status_code, answer.location) == (303, PAGE)
    db.session.refresh(task)
    assert task.evidence is Evidence.PATIENT_CONFIRMED
    assert "Tap your answer:" not in client.get(PAGE).text


def test_it_says_whose_address_is_wrong_in_a_patients_words(world: World) -> None:
    task = Task(
        type=TaskType.REFERRAL_FOLLOW_UP, needs=Needs.FIX_ADDRESS, about={"referrer": "Harbor"}
    )
    assert next_steps.words_of(task, is_asked=False) == "We are getting news to your doctor."
    task.about = {"community_organization": "Harbor Food Shelf"}
    assert (
        next_steps.words_of(task, is_asked=False) == "We are asking the people who work with you."
    )
