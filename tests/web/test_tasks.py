"""Tasks over HTTP: the page with its story, creating, and every small resource with its undo."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import tasks
from app.core.db import db, transaction
from app.models.referral import Referral
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from app.models.user import User
from tests.world import World

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def task(world: World, clock: Any) -> Task:
    with transaction():
        return tasks.create(
            world.sam, TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=clock.now,
            about={"medication_label": "Lisinopril 10 mg"},
        )  # fmt: skip


def fresh(task: Task) -> Task:
    db.session.rollback()
    return db.session.get_one(Task, (task.practice_id, task.id), populate_existing=True)


def only(world: World) -> Task:
    db.session.rollback()
    return db.session.scalars(select(Task).where(Task.practice_id == world.practice.id)).one()


def test_it_tells_the_story_and_what_happens_next(ana: FlaskClient, task: Task) -> None:
    text = ana.get(f"/tasks/{task.id}").text
    assert "Lisinopril 10 mg" in text
    assert "A text leaves today after 9:00 am" in text
    assert "Did your medicine" in text or "medicine" in text  # the text itself is part of the story


def test_it_gives_the_drawer_only_the_task(ana: FlaskClient, task: Task) -> None:
    text = ana.get(f"/tasks/{task.id}", headers=HTMX).text
    assert "<html" not in text
    assert 'id="task-page"' in text


def test_it_completes_with_outcome_and_evidence_and_takes_it_back(
    ana: FlaskClient, task: Task
) -> None:
    url = f"/tasks/{task.id}/completion"
    answer = ana.post(
        url, data={"outcome": "received", "evidence": "patient_confirmed"}, headers=HTMX
    )
    assert answer.status_code == 204
    assert f'"undo": {{"url": "{url}", "method": "DELETE"}}' in answer.headers["HX-Trigger"]
    done = fresh(task)
    assert (done.status, done.outcome, done.evidence) == (
        TaskStatus.COMPLETED, "received", Evidence.PATIENT_CONFIRMED,
    )  # fmt: skip
    assert ana.delete(url, headers=HTMX).status_code == 204
    assert fresh(task).is_open


@pytest.mark.parametrize(
    "data",
    [
        {"outcome": "received"},  # a success nobody confirmed
        {"outcome": "received", "evidence": "made up"},
        {"outcome": "flown away", "evidence": "document"},
        {},
    ],
)
def test_it_refuses_an_ending_that_says_too_little(
    ana: FlaskClient, task: Task, data: dict[str, str]
) -> None:
    answer = ana.post(f"/tasks/{task.id}/completion", data=data, headers=HTMX)
    assert answer.status_code == 422
    assert '"kind": "danger"' in answer.headers["HX-Trigger"]
    assert fresh(task).is_open


def test_it_says_so_when_somebody_was_faster(ana: FlaskClient, task: Task) -> None:
    data = {"outcome": "received", "evidence": "document"}
    assert ana.post(f"/tasks/{task.id}/completion", data=data).status_code == 303
    assert ana.post(f"/tasks/{task.id}/completion", data=data).status_code == 409


def test_it_holds_with_a_reason_and_resumes(ana: FlaskClient, task: Task) -> None:
    assert ana.post(f"/tasks/{task.id}/hold", data={"reason": " "}).status_code == 422
    ana.post(f"/tasks/{task.id}/hold", data={"reason": "In hospital until Friday"})
    assert (fresh(task).status, fresh(task).next_step_at) == (TaskStatus.ON_HOLD, None)
    assert "In hospital until Friday" in ana.get("/?view=columns").text
    ana.delete(f"/tasks/{task.id}/hold")
    assert fresh(task).status is TaskStatus.IN_PROGRESS


def test_it_starts_a_card_and_puts_it_back(ana: FlaskClient, world: World, clock: Any) -> None:
    with transaction():
        made = tasks.create(
            world.sam, TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=clock.now,
            ask_first=False,
        )  # fmt: skip
    assert ana.post(f"/tasks/{made.id}/work", headers=HTMX).status_code == 204
    assert (fresh(made).status, fresh(made).owner_id) == (TaskStatus.IN_PROGRESS, world.ana.id)
    assert ana.post(f"/tasks/{made.id}/work", headers=HTMX).status_code == 409
    assert ana.delete(f"/tasks/{made.id}/work", headers=HTMX).status_code == 204
    assert fresh(made).status is TaskStatus.ACCEPTED


def test_it_gives_a_task_to_somebody_and_back_to_nobody(
    ana: FlaskClient, world: World, task: Task
) -> None:
    url = f"/tasks/{task.id}/assignment"
    ana.put(url, data={"owner_id": str(world.lea.id)})
    assert fresh(task).owner_id == world.lea.id
    ana.post(url, data={"owner_id": ""})
    assert fresh(task).owner_id is None


def test_it_does_not_give_a_task_to_another_practice(
    ana: FlaskClient, world: World, task: Task
) -> None:
    answer = ana.post(f"/tasks/{task.id}/assignment", data={"owner_id": str(world.cara.id)})
    assert answer.status_code == 404
    assert fresh(task).owner_id is None


@pytest.mark.parametrize(("day", "status"), [("2026-03-20", 303), ("2026-02-01", 422),
                                             ("soon", 422), ("", 422)])  # fmt: skip
def test_it_moves_to_a_day_still_to_come(
    ana: FlaskClient, task: Task, day: str, status: int
) -> None:
    before = task.due_on
    assert ana.post(f"/tasks/{task.id}/due-day", data={"due_on": day}).status_code == status
    assert fresh(task).due_on == (date(2026, 3, 20) if status == 303 else before)


def test_it_asks_again_from_the_start(ana: FlaskClient, task: Task) -> None:
    ana.post(f"/tasks/{task.id}/asking")
    assert fresh(task).occurrence == 1
    assert "Asking again from the start" in ana.get(f"/tasks/{task.id}").text


def test_it_cancels_with_a_reason_and_takes_that_back(ana: FlaskClient, task: Task) -> None:
    url = f"/tasks/{task.id}/cancellation"
    assert ana.post(url, data={}).status_code == 422
    ana.post(url, data={"reason": "Made twice"})
    assert (fresh(task).status, fresh(task).status_reason) == (TaskStatus.CANCELLED, "Made twice")
    ana.delete(url)
    assert fresh(task).is_open


def test_it_creates_a_medication_task_that_asks_first(ana: FlaskClient, world: World) -> None:
    answer = ana.post("/tasks", data={
        "patient_id": str(world.rosa.id), "type": "medication_received", "ask_first": "yes",
        "medication_label": "Metformin", "owner_id": str(world.ana.id), "urgent": "yes",
    })  # fmt: skip
    assert answer.status_code == 303
    made = only(world)
    assert (made.about, made.priority, made.owner_id) == (
        {"medication_label": "Metformin"}, "urgent", world.ana.id,
    )  # fmt: skip
    assert made.asked_at is not None


def test_it_reads_an_appointments_time_where_the_practice_is(
    ana: FlaskClient, world: World
) -> None:
    ana.post("/tasks", data={
        "patient_id": str(world.sam.id), "type": "appointment_kept", "ask_first": "yes",
        "appointment_place": "Harbor Food Pantry", "happens_at": "2026-03-05T14:30",
    })  # fmt: skip
    assert only(world).about["happens_at"] == "2026-03-05T14:30:00-08:00"


def test_it_counts_a_discharge_from_its_own_day(ana: FlaskClient, world: World) -> None:
    ana.post("/tasks", data={
        "patient_id": str(world.sam.id), "type": "hospital_discharge", "ask_first": "yes",
        "discharged_on": "2026-03-02", "hospital": "Bay General",
    })  # fmt: skip
    made = only(world)
    assert made.about["happens_at"] == "2026-03-02T12:00:00-08:00"
    assert made.due_on == date(2026, 3, 4)
    text = ana.get(f"/tasks/{made.id}").text
    assert "Bay General" in text
    assert "0 of 2 separate attempts on record" in text


def test_it_creates_a_referral_with_its_task(ana: FlaskClient, world: World) -> None:
    ana.post("/tasks", data={
        "patient_id": str(world.sam.id), "type": "referral_follow_up", "reason": "Shortness of breath",
        "referred_by": "Dr. Stein",
    })  # fmt: skip
    db.session.rollback()
    assert db.session.scalars(select(Referral.referred_by)).one() == "Dr. Stein"
    assert only(world).needs is Needs.CALL  # not asked by text: a call is due


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"type": "medication_received"}, "Choose the patient first."),
        ({"patient_id": "sam", "type": "hospital_discharge"}, "on which day they came home"),
        (
            {"patient_id": "sam", "type": "no_show", "missed_on": "2026-03-04"},
            "This day is still to come.",
        ),
        ({"patient_id": "sam", "type": "dance"}, "Choose what to follow up."),
        ({"patient_id": "sam", "type": "medication_received", "due_on": "soon"}, "Write the day"),
        ({"patient_id": "sam", "type": "appointment_kept", "happens_at": "x"}, "Write the day and"),
    ],
)
def test_it_says_what_is_missing_beside_the_field_and_creates_nothing(
    ana: FlaskClient, world: World, data: dict[str, str], words: str
) -> None:
    if data.get("patient_id") == "sam":
        data = data | {"patient_id": str(world.sam.id)}
    answer = ana.post("/tasks", data=data, headers=HTMX)
    assert answer.status_code == 422
    assert words in answer.text
    db.session.rollback()
    assert db.session.scalars(select(Task)).all() == []


def test_it_does_not_create_for_a_patient_of_another_team(ana: FlaskClient, world: World) -> None:
    data = {"patient_id": str(world.tom.id), "type": "medication_received"}
    assert ana.post("/tasks", data=data).status_code == 404


def test_it_finds_patients_while_typing_but_only_ones_own(ana: FlaskClient, world: World) -> None:
    assert "Kim Tran" in ana.get("/tasks/new/patients?q=tran").text
    assert "Tom" not in ana.get("/tasks/new/patients?q=tom+ba").text
    assert "Nobody found" in ana.get("/tasks/new/patients?q=tom+ba").text


def test_it_says_overdue_once_its_day_is_over(
    sign_in: SignInAs, world: World, task: Task, clock: Any
) -> None:
    clock.set(task.due_at + timedelta(hours=1))
    assert "Overdue" in sign_in(world.ana).get(f"/tasks/{task.id}").text
