"""The page where staff write down how a patient wants to be contacted, and where it shows."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.patient import Patient
from app.models.task import TaskType
from app.models.user import User
from tests.conftest import Clock
from tests.world import World, look_again

WISHES = {"call_only": "yes", "interpreter": "yes", "language": "es", "channel": "sms",
          "best_time": "morning"}  # fmt: skip


def page_of(patient: Patient) -> str:
    return f"/patients/{patient.id}/contact-preferences"


def test_it_keeps_what_they_told_and_shows_it_where_people_look(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    assert "Call only" in ana.get(page_of(world.sam)).text
    assert ana.post(page_of(world.sam), data=WISHES).status_code == 303
    look_again()
    sam = db.session.get_one(Patient, (world.practice.id, world.sam.id))
    assert (sam.language, sam.preferences["call_only"]) == ("es", True)
    with transaction():
        task = tasks.create(sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
    for path in (f"/patients/{sam.id}", f"/tasks/{task.id}", f"/patients/{sam.id}/calls/new"):
        assert "Call only, no automatic texts" in ana.get(path).text, path
    assert "They want calls only, no automatic texts." in ana.get(f"/tasks/{task.id}").text
    assert "Who interpreted?" in ana.get(f"/patients/{sam.id}/calls/new").text


def test_it_says_what_changed_in_the_audit_trail_once(ana: FlaskClient, world: World) -> None:
    for _ in range(2):
        ana.post(page_of(world.sam), data=WISHES)
    look_again()
    found = select(Event.facts).where(Event.kind == "patient.preferences_changed")
    assert db.session.scalars(found).all() == [
        {"call_only": True, "interpreter": True, "best_time": "morning"}
    ]


def test_it_refuses_what_is_no_choice_and_keeps_nothing(ana: FlaskClient, world: World) -> None:
    for odd in ({"best_time": "midnight"}, {"channel": "pigeon"}, {"language": "Klingonish"}):
        answer = ana.post(page_of(world.sam), data=WISHES | odd)
        assert answer.status_code == 422, odd
        assert "Nothing was saved." in answer.text
    look_again()
    assert db.session.get_one(Patient, (world.practice.id, world.sam.id)).preferences == {}


def test_it_asks_who_interpreted_only_where_it_matters(
    world: World, sign_in: Callable[[User], FlaskClient]
) -> None:
    lea = sign_in(world.lea)
    assert "Who interpreted?" in lea.get(f"/patients/{world.rosa.id}/calls/new").text
    assert "Who interpreted?" not in lea.get(f"/patients/{world.sam.id}/calls/new").text
