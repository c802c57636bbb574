"""Days and times at the ends of the calendar: refused with words, never an error of ours, never stored
where the next page would stumble over them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions import tasks
from app.core.columns import EARLIEST, LATEST, OutOfCalendar
from app.core.db import db, transaction
from app.models.event import Event
from app.models.task import Task, TaskType
from app.models.user import User
from app.queries.inbox import UNTIL_THEY_WRITE
from tests.web.outsiders.inbox import make_thread
from tests.world import World

SignInAs = Callable[[User], FlaskClient]
DAYS = ("0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31")
MOMENTS = (
    "0001-01-01T00:00",
    "0001-01-01T00:00+14:00",
    "9999-12-31T23:59",
    "9999-12-31T23:59-14:00",
)


@pytest.fixture
def task(world: World, clock: Any) -> UUID:
    with transaction():
        return tasks.create(
            world.rosa, TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=clock.now
        ).id


def due_days() -> list[datetime | None]:
    db.session.rollback()
    return sorted(db.session.scalars(select(Task.due_at)), key=str)


@pytest.mark.parametrize("day", DAYS)
def test_it_refuses_a_due_day_nothing_can_be_counted_from(
    sign_in: SignInAs, world: World, task: UUID, day: str
) -> None:
    ana, before = sign_in(world.ana), due_days()
    moved = ana.post(f"/tasks/{task}/due-day", data={"due_on": day})
    added = {"patient_id": str(world.rosa.id), "type": "medication_received", "due_on": day}
    assert (moved.status_code, ana.post("/tasks", data=added).status_code) == (422, 422)
    assert due_days() == before
    assert ana.get("/").status_code == 200


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_refuses_such_a_moment_in_every_form(
    sign_in: SignInAs, world: World, task: UUID, moment: str
) -> None:
    ana, thread = sign_in(world.ana), make_thread(world)
    before = db.session.scalar(select(func.count()).select_from(Event))
    visit = {"patient_id": str(world.rosa.id), "type": "appointment_kept", "happens_at": moment}
    answers = [
        ana.post("/tasks", data=visit),
        ana.post(f"/conversations/{thread}/snooze", data={"until": moment}),
        ana.post(f"/conversations/{thread}/replies", data={"body": "x", "send_after": moment}),
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Event)) == before


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_survives_such_a_moment_in_an_address(
    sign_in: SignInAs, world: World, task: UUID, moment: str
) -> None:
    lea, day = sign_in(world.lea), moment[:10]
    query = {"before": f"{moment}_{task}", "back_to": f"{moment}_{task}"}
    for address in ("/reports", f"/patients/{world.rosa.id}/story"):
        assert lea.get(address, query_string=query).status_code in (200, 422)
    days = {"from": day, "to": day}
    assert lea.get("/reports", query_string=days).status_code in (200, 422)


def test_it_stores_moments_one_can_count_from_only() -> None:
    assert EARLIEST < datetime(1936, 4, 9, tzinfo=UTC) < UNTIL_THEY_WRITE <= LATEST
    assert "Check the year" in OutOfCalendar().person_text
