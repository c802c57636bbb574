"""Creating tasks: the first text, its words, and the day a task is due."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.appointment import Appointment
from app.models.task import Needs, Task, TaskStatus, TaskType
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.task_records import Create, kinds, maker, texts, utc
from tests.world import World

APPOINTMENT = TaskType.APPOINTMENT_KEPT


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def test_it_asks_by_text_as_soon_as_it_is_created(create: Create, world: World) -> None:
    task = create()
    assert task.care_team_id == world.team.id
    [text] = texts(task)
    assert text.status is MessageStatus.QUEUED
    assert text.send_key == f"task:{task.id}:ask:0"
    assert text.asked is not None
    assert text.asked["kind"] == "yes_no"
    assert [(o["number"], o["key"]) for o in text.asked["options"]] == [
        (1, "yes"), (2, "no"), (3, "not_yet")
    ]  # fmt: skip
    assert world.practice.name in text.body
    assert "(503) 555-0199" in text.body
    assert "Reply 1 for yes, 2 for no, 3 for not yet." in text.body
    assert kinds(task) == ["task.created", "task.asked"]
    assert task.status is TaskStatus.IN_PROGRESS


def test_it_asks_in_spanish_whom_spanish_suits(create: Create, world: World) -> None:
    [text] = texts(create(world.rosa))
    assert text.language == "es"
    assert "¿Ya recibió el medicamento" in text.body
    assert text.body.endswith("Responda 1 para sí, 2 para no, 3 para todavía no.")


def test_it_asks_in_the_portal_whom_the_portal_suits(create: Create, world: World) -> None:
    with transaction():
        world.sam.preferred_channel = "portal"
    [text] = texts(create())
    assert text.channel == "portal"
    assert text.status is MessageStatus.DELIVERED


def test_it_never_names_the_medicine(create: Create) -> None:
    [text] = texts(create(about={"medication_label": "metformin 500 mg"}))
    assert "metformin" not in text.body


@pytest.mark.parametrize(
    ("made", "due_on", "due_at"),
    [
        (utc(2026, 3, 3, 17), date(2026, 3, 6), utc(2026, 3, 7, 8)),
        # Friday → Wednesday, over the weekend the clocks go forward
        (utc(2026, 3, 6, 17), date(2026, 3, 11), utc(2026, 3, 12, 7)),
        # 10 p.m. on the 3rd where the practice is, the 4th in UTC
        (utc(2026, 3, 4, 6), date(2026, 3, 6), utc(2026, 3, 7, 8)),
        # Independence Day 2026 is a Saturday, kept on Friday the 3rd
        (utc(2026, 7, 2, 17), date(2026, 7, 8), utc(2026, 7, 9, 7)),
    ],
)
def test_it_is_due_three_business_days_after_a_medication_was_ordered(
    create: Create, clock: Clock, made: datetime, due_on: date, due_at: datetime
) -> None:
    clock.set(made)
    task = create()
    assert (task.due_on, task.due_at, task.due_zone) == (due_on, due_at, "America/Los_Angeles")


def test_it_leaves_out_the_days_the_practice_is_closed(create: Create, world: World) -> None:
    with transaction():
        world.practice.closed_on = ["2026-03-05"]
    assert create().due_on == date(2026, 3, 9)


def test_it_asks_about_an_appointment_the_day_after_it(
    create: Create, world: World, clock: Clock
) -> None:
    appointment = Appointment(
        practice_id=world.practice.id, patient_id=world.sam.id, starts_at=utc(2026, 3, 5, 22),
        place="Harbor food pantry", created_at=clock.now,
    )  # fmt: skip
    with transaction() as session:
        session.add(appointment)
    task = create(type=APPOINTMENT, appointment=appointment)
    assert task.due_on == date(2026, 3, 10)
    assert task.next_step_at == utc(2026, 3, 6, 18)  # 10 a.m. the day after
    assert texts(task) == []


def test_it_names_the_day_of_the_appointment_and_not_the_place(
    create: Create, world: World, clock: Clock
) -> None:
    about = {"happens_at": "2026-03-01T20:00:00+00:00", "appointment_place": "Harbor food pantry"}
    [text] = texts(create(type=APPOINTMENT, about=about))
    assert "your appointment on Sunday, March 1?" in text.body
    assert "pantry" not in text.body
    [spanish] = texts(create(world.rosa, type=APPOINTMENT, about=about))
    assert "¿Pudo ir a su cita del domingo 1 de marzo?" in spanish.body


def test_it_asks_without_a_day_when_nobody_knows_it(create: Create) -> None:
    task = create(type=APPOINTMENT)
    [text] = texts(task)
    assert "Did you make it to your appointment?" in text.body
    assert task.due_on == date(2026, 3, 6)


def test_it_counts_from_today_for_an_appointment_long_past(create: Create) -> None:
    task = create(type=APPOINTMENT, about={"happens_at": "2026-02-02T20:00:00+00:00"})
    assert task.due_on == date(2026, 3, 6)


@pytest.mark.parametrize("written", ["next week", "2026-03-05T10:00:00", 5])
def test_it_refuses_a_moment_nobody_can_read(create: Create, written: object) -> None:
    with pytest.raises(Invalid):
        create(type=APPOINTMENT, about={"happens_at": written})
    assert db.session.scalars(select(Task)).all() == []


def test_it_takes_the_day_it_is_given(create: Create) -> None:
    task = create(due_on=date(2026, 3, 20))
    assert (task.due_on, task.due_rule) == (date(2026, 3, 20), "given")


def test_it_gives_the_first_task_back_for_a_source_seen_before(create: Create) -> None:
    first = create(source_key="order-1")
    assert create(source_key="order-1").id == first.id
    assert len(texts(first)) == 1


def test_it_begins_with_a_call_when_no_text_is_wanted(create: Create) -> None:
    task = create(ask_first=False)
    assert (task.needs, task.next_step_at, texts(task)) == (Needs.CALL, None, [])
