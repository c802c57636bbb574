"""Which open question a reply answers, and what happens when nobody can say for sure."""

import pytest
from sqlalchemy import select

from app.actions import inbound
from app.core.db import db, transaction
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from app.models.touchpoint import Touchpoint, TouchpointTask
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World

MEDICINE, VISIT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT


def fresh(task: Task) -> Task:
    db.session.refresh(task)
    return task


@pytest.mark.parametrize(
    "body", ["1", "yes", "Yes thanks", "I picked it up on Tuesday", "1.", "👍"]
)
def test_it_closes_the_task_with_the_patients_word(phones: Phones, world: World, body: str) -> None:
    task = phones.ask(world.sam, MEDICINE)
    message = phones.text(world.sam, body)
    assert message is not None
    assert message.understood is not None
    assert (message.understood["kind"], message.understood["key"]) == ("answer", "yes")
    assert (fresh(task).status, task.evidence) == (
        TaskStatus.COMPLETED,
        Evidence.PATIENT_CONFIRMED,
    )
    assert phones.thread(world.sam).waiting_since is None


def test_it_links_the_ledgers_row_to_the_task(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    message = phones.text(world.sam, "1")
    assert message is not None
    row = db.session.scalars(select(Touchpoint).where(Touchpoint.message_id == message.id)).one()
    assert row.result == {"kind": "answer", "key": "yes"}
    served = select(TouchpointTask.task_id).where(TouchpointTask.touchpoint_id == row.id)
    assert db.session.scalars(served).all() == [task.id]


@pytest.mark.parametrize(
    "body", ["I don't know", "1 or 2", "yes?", "My leg hurts", "yes but the wrong one"]
)
def test_it_never_guesses(phones: Phones, world: World, body: str) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, body)
    assert fresh(task).is_open
    assert task.needs is Needs.REVIEW_REPLY
    assert phones.thread(world.sam).waiting_since is not None


def test_it_reads_spanish(phones: Phones, world: World) -> None:
    task = phones.ask(world.rosa, MEDICINE)
    phones.text(world.rosa, "Sí, ya lo recogí")
    assert fresh(task).status is TaskStatus.COMPLETED


def test_it_reads_the_answer_to_what_got_in_the_way(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "no")
    assert fresh(task).needs is Needs.SOLVE_BARRIER
    phones.deliver_all()
    clock.advance(minutes=1)
    message = phones.text(world.sam, "3")
    assert message is not None
    assert fresh(task).barrier == "transport"
    assert phones.thread(world.sam).waiting_since is None


def test_it_takes_a_yes_after_not_yet(phones: Phones, world: World, clock: Clock) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "3")
    assert fresh(task).is_open
    clock.advance(hours=3)
    phones.text(world.sam, "yes")
    assert fresh(task).status is TaskStatus.COMPLETED


def test_it_answers_in_the_portal_as_by_text(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    with transaction():
        inbound.receive_portal(world.sam, "not yet", at=phones.clock.now)
    assert fresh(task).is_open
    assert task.next_step_at is not None
