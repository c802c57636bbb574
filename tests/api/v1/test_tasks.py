"""Tasks and referrals over the API: their ladders begin by themselves, and a seen key makes no second one."""

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.models.message import Message
from app.models.referral import Referral, Referrer
from app.models.task import Task
from tests.api.v1.conftest import check_problem

TYPES = (
    "medication_received",
    "appointment_kept",
    "referral_follow_up",
    "hospital_discharge",
    "no_show",
)


def count(table) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(table.id))) or 0


@pytest.mark.parametrize("type", TYPES)
def test_it_creates_each_type_with_a_due_day_of_its_own(api, world, type) -> None:
    made = api.post("tasks", {"patient_id": str(world.sam.id), "type": type})
    assert made.status_code == 201, made.text
    shown = made.get_json()
    assert (shown["type"], shown["outcome"]) == (type, None)
    assert shown["due_on"] >= "2026-03-03"
    assert api.get(f"tasks/{shown['id']}").get_json() == shown


def test_it_takes_a_due_day_an_owner_and_what_it_is_about(api, world) -> None:
    about = {"appointment_place": "Harbor food pantry", "happens_at": "2026-03-10T10:00:00-08:00"}
    body = {"patient_id": str(world.sam.id), "type": "appointment_kept", "due_on": "2026-03-20",
            "about": about, "owner_id": str(world.ana.id), "priority": "urgent"}  # fmt: skip
    shown = api.post("tasks", body).get_json()
    assert (shown["due_on"], shown["owner_id"], shown["priority"]) == (
        "2026-03-20",
        str(world.ana.id),
        "urgent",
    )
    task = db.session.scalars(select(Task)).one()
    assert task.about == {
        "appointment_place": "Harbor food pantry",
        "happens_at": "2026-03-10T18:00:00Z",
    }


def test_its_ladder_asks_the_patient(api, world) -> None:
    api.post("tasks", {"patient_id": str(world.sam.id), "type": "medication_received"})
    task = db.session.scalars(select(Task)).one()
    asked = db.session.scalars(select(Message).where(Message.task_id == task.id)).all()
    assert asked or task.next_step_at is not None


def test_a_seen_key_gives_the_first_task(api, world) -> None:
    body = {"patient_id": str(world.sam.id), "type": "medication_received"}
    first = api.post("tasks", body, Idempotency_Key="rx-1").get_json()
    assert api.post("tasks", body, Idempotency_Key="rx-1").get_json() == first
    assert count(Task) == 1


@pytest.mark.parametrize(
    "more",
    [{"type": "haircut"}, {"due_on": "soon"}, {"due_on": "9999-12-31"}, {"due_on": 20260320},
     {"about": {"x": 1}},
     {"about": {"happens_at": "2026-03-10T10:00:00"}}, {"priority": "now"}, {"status": "completed"},
     {"owner_id": "me"}, {"ask_first": 1}],
)  # fmt: skip
def test_it_refuses_what_makes_no_sense(api, world, more) -> None:
    body = {"patient_id": str(world.sam.id), "type": "medication_received"} | more
    problem = check_problem(api.post("tasks", body), 422)
    assert problem["errors"][0]["field"].startswith(next(iter(more)))
    assert count(Task) == 0


def test_a_referral_brings_its_follow_up_and_its_office(api, world) -> None:
    body = {"patient_id": str(world.sam.id), "reason": "Needs help with food and rides.",
            "referred_by": "Dr. Nadia Haddad", "received_at": "2026-03-02T09:00:00-08:00",
            "referrer": {"name": "Pine Street Primary Care", "fax": "+15035550188"}}  # fmt: skip
    made = api.post("referrals", body, Idempotency_Key="ref-1")
    assert made.status_code == 201, made.text
    shown = made.get_json()
    assert (shown["status"], shown["received_at"]) == ("requested", "2026-03-02T17:00:00Z")
    assert api.get(f"referrals/{shown['id']}").get_json() == shown
    follow_up = api.get("tasks").get_json()["items"]
    assert [(task["type"], task["referral_id"]) for task in follow_up] == [
        ("referral_follow_up", shown["id"])
    ]
    assert api.post("referrals", body, Idempotency_Key="ref-1").get_json()["id"] == shown["id"]
    assert api.post("referrals", body).get_json()["referrer_id"] == shown["referrer_id"]
    assert (count(Referral), count(Referrer)) == (2, 1)


def test_a_referral_cannot_come_from_the_future(api, world) -> None:
    body = {
        "patient_id": str(world.sam.id),
        "reason": "Help",
        "received_at": "2026-03-09T09:00:00Z",
    }
    problem = check_problem(api.post("referrals", body), 422)
    assert problem["errors"][0]["field"] == "received_at"


def test_it_counts_from_when_it_came_in_and_takes_nothing_from_the_future(api, world) -> None:
    body = {"patient_id": str(world.sam.id), "type": "medication_received"}
    friday = {"received_at": "2026-02-27T16:00:00-08:00"}  # it is Tuesday now
    shown = api.post("tasks", body | friday).get_json()
    assert (shown["received_at"], shown["due_on"]) == ("2026-02-28T00:00:00Z", "2026-03-04")
    assert shown["late_seconds"] is None
    later = {"received_at": "2026-03-03T17:10:00Z"}
    check_problem(api.post("tasks", body | later), 422)
    assert count(Task) == 1
