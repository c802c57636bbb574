"""A patient who is faster than our question: it came, I was there; in their language, and taken back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import tasks
from app.core.db import db, transaction
from app.models.message import Channel, Direction, Message
from app.models.patient import Patient
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from app.models.touchpoint import Touchpoint
from messaging.delivery import MessageStatus
from tests.phones import Phones
from tests.web.portal.conftest import Enter
from tests.world import World, look_again

PAGE = "/portal/my/next"
MEDICINE, VISIT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT


def open_task(
    world: World, patient: Patient, at: Any, kind: TaskType = MEDICINE, **more: Any
) -> Task:
    with transaction():
        return tasks.create(db.session.merge(patient), kind, by=world.system.actor, at=at, **more)


def fresh(task: Task) -> Task:
    look_again()
    return db.session.get_one(Task, (task.practice_id, task.id))


def tell(client: Any, task: Task, key: str = "k1") -> Any:
    return client.post(f"/portal/my/tasks/{task.id}/confirmation", data={"key": key})


def back(client: Any, task: Task) -> Any:
    return client.post(f"/portal/my/tasks/{task.id}/confirmation/withdrawal")


def queued() -> list[MessageStatus]:
    look_again()
    asks = select(Message.status).where(Message.direction == Direction.OUTBOUND,
                                        Message.asked.is_not(None))  # fmt: skip
    return list(db.session.scalars(asks))


def test_it_closes_the_task_and_takes_the_queued_ask_back(
    world: World, enter: Enter, clock: Any
) -> None:
    clock.set(clock.now.replace(hour=9))  # at night where Sam is: the ask waits for the morning
    task = open_task(world, world.sam, clock.now, received_at=clock.now - timedelta(days=3))
    task.next_step_at = None
    client = enter(world.sam)
    assert "I have my medicine" in client.get(PAGE).text
    assert tell(client, task).status_code == 303
    found = fresh(task)
    assert (found.status, found.evidence) == (TaskStatus.COMPLETED, Evidence.PATIENT_CONFIRMED)
    assert set(queued()) <= {MessageStatus.CANCELLED}
    said = db.session.scalars(select(Message).where(Message.direction == Direction.INBOUND)).one()
    assert (said.channel, said.body) == (Channel.PORTAL, "I have my medicine")
    assert db.session.scalars(
        select(Touchpoint.channel).where(Touchpoint.message_id == said.id)
    ).all() == ["portal"]
    page = client.get(PAGE).text
    assert "Thank you, you told us that all went well." in page
    assert "I have my medicine" not in page


def test_it_says_so_once_however_often_it_is_pressed(
    world: World, enter: Enter, clock: Any
) -> None:
    task = open_task(world, world.sam, clock.now, ask_first=False)
    client = enter(world.sam)
    tell(client, task)
    assert tell(client, task).status_code in (303, 409, 422)
    assert len(db.session.scalars(select(Message.id).where(Message.task_id == task.id)).all()) == 1


def test_it_stands_where_it_stood_when_it_is_taken_back(
    world: World, enter: Enter, clock: Any
) -> None:
    task = open_task(world, world.sam, clock.now, ask_first=False)
    with transaction():
        db.session.merge(task).need(Needs.CALL, at=clock.now)
    client = enter(world.sam)
    tell(client, task)
    clock.advance(minutes=2)
    assert back(client, task).status_code == 303
    found = fresh(task)
    assert (found.is_open, found.needs, found.evidence) == (True, Needs.CALL, None)
    page = client.get(PAGE).text
    assert "I have my medicine" in page
    assert "Thank you, you told us" not in page
    assert back(client, task).status_code == 409  # nothing more to take back


def test_it_stays_when_people_have_moved_on(world: World, enter: Enter, clock: Any) -> None:
    task = open_task(world, world.sam, clock.now, ask_first=False)
    client = enter(world.sam)
    tell(client, task)
    clock.advance(minutes=2)
    with transaction():
        tasks.take_back(db.session.merge(fresh(task)), by=world.viewer(world.ana).actor,
                        at=clock.now)  # fmt: skip
    assert back(client, task).status_code == 409


def test_it_offers_no_visit_before_its_hour(world: World, enter: Enter, clock: Any) -> None:
    soon = {
        "appointment_place": "Pantry",
        "happens_at": (clock.now + timedelta(minutes=9)).isoformat(),
    }
    task = open_task(world, world.sam, clock.now, VISIT, about=soon)
    client = enter(world.sam)
    assert "I was at my appointment" not in client.get(PAGE).text
    assert tell(client, task).status_code == 422
    clock.advance(minutes=10)
    assert "I was at my appointment" in client.get(PAGE).text
    tell(client, task)
    assert fresh(task).outcome == "kept"


def test_it_leaves_an_open_question_to_its_own_buttons(
    world: World, enter: Enter, clock: Any
) -> None:
    Phones(world, clock).ask(world.sam, MEDICINE)
    page = enter(world.sam).get(PAGE).text
    assert "/confirmation" not in page
    assert "Tap your answer:" in page


def test_it_speaks_spanish(world: World, enter: Enter, clock: Any) -> None:
    task = open_task(world, world.rosa, clock.now, ask_first=False)
    client = enter(world.rosa)
    assert "Ya tengo mi medicamento" in client.get(PAGE).text
    tell(client, task)
    said = db.session.scalars(select(Message).where(Message.task_id == task.id)).one()
    assert (said.body, said.language) == ("Ya tengo mi medicamento", "es")
    assert "nos dijo que todo salió bien" in client.get(PAGE).text


@pytest.mark.parametrize("kind", [TaskType.REFERRAL_FOLLOW_UP, TaskType.HOSPITAL_DISCHARGE])
def test_it_takes_nobodys_word_for_what_others_must_say(
    world: World, enter: Enter, clock: Any, kind: TaskType
) -> None:
    task = open_task(world, world.sam, clock.now, kind, ask_first=False)
    client = enter(world.sam)
    assert "/confirmation" not in client.get(PAGE).text
    assert tell(client, task).status_code == 422


def test_it_knows_nobody_elses_task(world: World, enter: Enter, clock: Any) -> None:
    task = open_task(world, world.kim, clock.now, ask_first=False)
    assert tell(enter(world.sam), task).status_code == 404
    assert fresh(task).is_open


def test_it_tells_two_of_a_kind_apart(world: World, enter: Enter, clock: Any) -> None:
    open_task(world, world.sam, clock.now, ask_first=False)
    clock.advance(days=2)
    open_task(world, world.sam, clock.now, ask_first=False)
    page = enter(world.sam).get(PAGE).text
    assert len(re.findall("Began: ", page)) == 2
