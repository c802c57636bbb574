"""Logging a call: one row for all it served, minutes by timer or by hand, and taking it back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import related_people, tasks
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.event import SYSTEM
from app.models.task import Needs, Task, TaskStatus, TaskType
from app.models.touchpoint import MinutesSource, Touchpoint, TouchpointText
from app.models.user import User
from app.models.work_timer import WorkTimer
from tests.world import World

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def two(world: World, clock: Any) -> list[Task]:
    with transaction():
        return [
            tasks.create(world.rosa, type_, by=world.system.actor, at=clock.now, ask_first=False)
            for type_ in (TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT)
        ]


def calls_of(world: World) -> list[Touchpoint]:
    db.session.rollback()
    statement = select(Touchpoint).where(Touchpoint.patient_id == world.rosa.id)
    return list(db.session.scalars(statement.order_by(Touchpoint.recorded_at, Touchpoint.id)))


def fresh(task: Task) -> Task:
    db.session.rollback()
    return db.session.get_one(Task, (task.practice_id, task.id), populate_existing=True)


def log(client: FlaskClient, world: World, **data: Any) -> Any:
    url = f"/patients/{world.rosa.id}/calls"
    return client.post(url, data=data, headers=HTMX)


def started(client: FlaskClient, world: World, clock: Any, seconds: int) -> UUID:
    """A call timer that has run for so long."""
    client.post("/timers", data={"patient_id": str(world.rosa.id)}, headers=HTMX)
    clock.advance(seconds=seconds)
    db.session.rollback()
    return db.session.scalars(
        select(WorkTimer.id).order_by(WorkTimer.started_at.desc()).limit(1)
    ).one()


def test_it_offers_every_open_task_and_the_numbers_with_whose_they_are(
    ana: FlaskClient, world: World, clock: Any, two: list[Task]
) -> None:
    luz = related_people.Agreed(
        name="Luz Jimenez", relationship="daughter", language="es", may_receive=[], may_answer=[],
        authorised_by="Rosa, in person", phone="+15035550171", from_on=clock.now.date(),
    )  # fmt: skip
    with transaction():
        related_people.add(world.rosa, luz, by=SYSTEM, at=clock.now)
    text = ana.get(f"/patients/{world.rosa.id}/calls/new").text
    assert "(503) 555-0101</a>" in text
    assert "(503) 555-0171: Luz Jimenez, daughter</a>" in text
    assert all(f"result-{task.id}" in text for task in two)


def test_it_writes_one_row_and_steps_every_task_it_served(
    ana: FlaskClient, world: World, two: list[Task], clock: Any
) -> None:
    answer = log(ana, world, outcome="reached", timer_id=started(ana, world, clock, 185), note="All well.",
                 **{f"result-{two[0].id}": "yes", f"result-{two[1].id}": "transport"})  # fmt: skip
    assert answer.status_code == 204
    assert '"undo"' in answer.headers["HX-Trigger"]
    (row,) = calls_of(world)
    assert (row.seconds, row.minutes_source) == (185, MinutesSource.TIMER)
    assert row.started_at == clock.now - timedelta(seconds=185)
    assert fresh(two[0]).status is TaskStatus.COMPLETED
    assert (fresh(two[1]).barrier, fresh(two[1]).needs) == ("transport", Needs.SOLVE_BARRIER)


def test_it_is_one_line_of_the_story_of_each_task_it_served(
    ana: FlaskClient, world: World, two: list[Task]
) -> None:
    log(ana, world, outcome="left_message", note="Left our number.",
        task_ids=[str(task.id) for task in two])  # fmt: skip
    for task in two:
        text = ana.get(f"/tasks/{task.id}").text
        assert text.count("called: left a message") == 1
        assert text.count("Called") == 0


def test_it_takes_minutes_by_hand_only_with_a_reason(
    ana: FlaskClient, world: World, two: list[Task]
) -> None:
    assert log(ana, world, outcome="no_answer", minutes="7").status_code == 422
    assert calls_of(world) == []
    log(ana, world, outcome="no_answer", minutes="7", minutes_reason="Called from the car")
    (row,) = calls_of(world)
    assert (row.seconds, row.minutes_source) == (420, MinutesSource.MANUAL)
    text = db.session.scalars(select(TouchpointText.summary)).one()
    assert "Called from the car" in str(text)


@pytest.mark.parametrize(
    "data",
    [
        {"outcome": "vanished"},
        {},
        {"outcome": "reached", "minutes": "-3", "minutes_reason": "x"},
        {"outcome": "reached", "minutes": "900", "minutes_reason": "x"},
        {"outcome": "reached", "contact_party": "the dog"},
    ],
)
def test_it_refuses_what_cannot_be_true(
    ana: FlaskClient, world: World, two: list[Task], data: dict[str, str]
) -> None:
    assert log(ana, world, **data).status_code == 422
    assert calls_of(world) == []


def test_it_counts_a_form_sent_twice_once(ana: FlaskClient, world: World, two: list[Task]) -> None:
    data = {"outcome": "left_message", "call_id": str(new_id())}
    assert log(ana, world, **data).status_code == log(ana, world, **data).status_code == 204
    assert len(calls_of(world)) == 1


def test_it_does_not_serve_somebody_elses_task(ana: FlaskClient, world: World, clock: Any) -> None:
    with transaction():
        toms = tasks.create(
            world.tom, TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=clock.now
        )
    assert log(ana, world, outcome="reached", task_ids=[str(toms.id)]).status_code == 404
    assert calls_of(world) == []


def test_it_takes_a_call_back_with_what_it_did(
    ana: FlaskClient, world: World, two: list[Task]
) -> None:
    log(ana, world, outcome="reached",
        **{f"result-{two[0].id}": "yes", f"result-{two[1].id}": "transport"})  # fmt: skip
    (row,) = calls_of(world)
    assert ana.delete(f"/calls/{row.id}", headers=HTMX).status_code == 204
    first, reversing = calls_of(world)
    assert (reversing.supersedes_id, reversing.seconds) == (first.id, 0)
    assert all(fresh(task).needs is Needs.CALL and fresh(task).is_open for task in two)
    assert fresh(two[1]).barrier is None
    assert ana.delete(f"/calls/{row.id}", headers=HTMX).status_code == 409


def test_it_lets_only_who_logged_a_call_take_it_back(
    ana: FlaskClient, sign_in: SignInAs, world: World, two: list[Task]
) -> None:
    log(ana, world, outcome="no_answer")
    (row,) = calls_of(world)
    assert sign_in(world.lea).delete(f"/calls/{row.id}", headers=HTMX).status_code == 409
    assert len(calls_of(world)) == 1
