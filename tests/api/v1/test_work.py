"""Work over the API under the sender's own ids: created once, updated after that, and only on patients the
token sees."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.models.appointment import Appointment
from app.models.message import Message
from app.models.task import Task
from messaging.delivery import MessageStatus
from tests.api.v1.conftest import Calling, check_problem

ROSA = "Rosa Jimenez 1957-03-09"
FOOD = {"source_id": "A-1", "patient": "H-1", "happens_at": "2026-03-10T14:30:00-07:00",
        "place": "Food pantry", "partner": "Harbor Street Pantry"}  # fmt: skip
MEDS = {"source_id": "M-1", "patient": "H-2", "medication_label": "Blood pressure tablets",
        "ordered_on": "2026-03-02", "received_at": "2026-03-02T09:00:00-08:00"}  # fmt: skip
RIDE = {"source_id": "R-1", "patient": ROSA, "reason": "Rides", "referrer": {"name": "Pine Street"}}
HOME = {"source_id": "T-1", "patient": "H-2", "type": "hospital_discharge",
        "happens_at": "2026-03-02T11:00:00-08:00"}  # fmt: skip
SENT: dict[str, dict[str, Any]] = {
    "appointments": FOOD, "medication-orders": MEDS, "referrals": RIDE, "tasks": HOME,
}  # fmt: skip
CHANGED = {
    "appointments": {"happens_at": "2026-03-17T09:00:00-07:00"},
    "medication-orders": {"medication_label": "Water tablets"},
    "referrals": {"reason": "Rides and food"},
    "tasks": {"happens_at": "2026-03-01T11:00:00-08:00"},
}


def count(table) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(table.id))) or 0


@pytest.mark.parametrize("noun", SENT)
def test_the_same_source_id_updates_and_never_doubles(api, world, noun) -> None:
    made = api.post(noun, SENT[noun])
    assert made.status_code == 201, made.text
    shown = made.get_json()
    assert api.get(made.headers["Location"].removeprefix("/api/v1/")).get_json() == shown
    again = api.post(noun, SENT[noun])
    assert (again.status_code, again.get_json()) == (200, shown)
    changed = api.post(noun, SENT[noun] | CHANGED[noun])
    assert (changed.status_code, changed.get_json()["id"]) == (200, shown["id"])
    assert changed.get_json() != shown
    assert count(Task) == 1


@pytest.mark.parametrize("noun", SENT)
def test_a_source_id_of_another_patient_is_refused(api, world, noun) -> None:
    api.post(noun, SENT[noun])
    problem = check_problem(api.post(noun, SENT[noun] | {"patient": "H-6"}), 409)
    assert "another patient" in problem["detail"]


@pytest.mark.parametrize("noun", SENT)
def test_cancelled_over_there_is_asked_about_no_more(api, world, noun) -> None:
    api.post(noun, SENT[noun])
    assert api.post(noun, SENT[noun] | {"source_status": "cancelled"}).status_code == 200
    db.session.rollback()
    task = db.session.scalars(select(Task)).one()
    assert task.next_step_at is None
    waiting = select(Message).where(Message.status == MessageStatus.QUEUED)
    assert db.session.scalars(waiting).all() == []


def test_an_ask_comes_after_what_it_asks_about(api, world) -> None:
    task_id = api.post("appointments", FOOD).get_json()["task_id"]
    plain = {"patient": "H-1", "type": "no_show", "happens_at": "2026-03-12T09:00:00-07:00"}
    other_id = api.post("tasks", plain).get_json()["id"]
    db.session.rollback()
    for task in db.session.scalars(select(Task)):
        assert str(task.id) in (task_id, other_id)
        assert task.next_step_at.isoformat() >= task.about["happens_at"][:10]


@pytest.mark.parametrize(
    "more",
    [{"patient": "H-999"}, {"patient": "Rosa Jimenez"}, {"happens_at": "2026-03-10"},
     {"happens_at": None}, {"source_id": ""}, {"place": "x" * 101}, {"patient_id": "H-1"}],
)  # fmt: skip
def test_it_refuses_what_makes_no_sense(api, world, more) -> None:
    problem = check_problem(api.post("appointments", FOOD | more), 422)
    assert problem["errors"]
    assert count(Appointment) == 0


def test_an_outsider_neither_reads_nor_writes_our_work(api, calling: Calling, world) -> None:
    outsider = calling(world.other_practice)
    for noun, body in SENT.items():
        row = api.post(noun, body).get_json()
        assert api.get(f"{noun}/{row['id']}").status_code == 200
        check_problem(outsider.get(f"{noun}/{row['id']}"), 404)
        check_problem(outsider.post(noun, body), 422)  # none of their patients is named so
        ours = {name: value for name, value in body.items() if name != "patient"}
        check_problem(outsider.post(noun, ours | {"patient_id": row["patient_id"]}), 404)
        theirs = outsider.post(noun, body | {"patient": world.zoe.mrn})
        assert theirs.status_code == 201  # the same source_id is theirs to use
        assert theirs.get_json()["id"] != row["id"]


@pytest.mark.parametrize("noun", ["appointments", "medication-orders"])
def test_it_needs_the_scope_of_its_noun(calling: Calling, world, noun) -> None:
    reader = calling(world.practice, f"{noun}:read", "tasks:write")
    check_problem(reader.post(noun, SENT[noun]), 403)
