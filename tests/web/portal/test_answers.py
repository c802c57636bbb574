"""The buttons under an open question: the right task, once, and nobody else's."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import questions, tasks
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.message import Direction, Message
from app.models.task import Task, TaskType
from tests.web.portal.conftest import Enter
from tests.world import World

CHAT = "/portal/my/chat"
HTMX = {"HX-Request": "true"}


def received() -> list[Message]:
    db.session.rollback()  # requests wrote since the test looked last
    return list(db.session.scalars(select(Message).where(Message.direction == Direction.INBOUND)))


@pytest.fixture
def asked(world: World, clock: Any) -> Task:
    """Sam prefers the portal and was asked there whether the medicine arrived."""
    with transaction():
        patient = db.session.merge(world.sam)
        patient.preferred_channel = "portal"
        task = tasks.create(
            patient, TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=clock.now
        )
        from app.actions import ladder

        if task.next_step_at is not None and task.asked_at is None:
            ladder.step(task, at=clock.now)
    assert questions.open_questions(world.practice.id, patient_ids=[world.sam.id], at=clock.now)
    return task


def answer_url(world: World, clock: Any) -> str:
    db.session.rollback()
    (question,) = questions.open_questions(
        world.practice.id, patient_ids=[world.sam.id], at=clock.now
    )
    return f"/portal/my/questions/{question.id}/answer"


def test_it_offers_the_answers_as_buttons_and_takes_one(
    world: World, enter: Enter, clock: Any, asked: Task
) -> None:
    client = enter(world.sam)
    assert re.findall(r'class="choice" name="key" value="(\w+)"', client.get(CHAT).text) == [
        "yes", "no", "not_yet",
    ]  # fmt: skip
    answer = client.post(answer_url(world, clock), data={"key": "yes"}, headers=HTMX)
    assert answer.status_code == 200
    assert 'class="choice"' not in answer.text
    db.session.rollback()
    task = db.session.get_one(Task, (asked.practice_id, asked.id))
    assert (task.outcome, task.evidence) == ("received", "patient_confirmed")
    thread = db.session.scalars(select(Conversation)).one()
    assert thread.waiting_since is None  # nobody has to read it


def test_it_asks_what_got_in_the_way_after_a_no(
    world: World, enter: Enter, clock: Any, asked: Task
) -> None:
    client = enter(world.sam)
    answer = client.post(answer_url(world, clock), data={"key": "no"}, headers=HTMX)
    assert 'value="transport"' in answer.text
    assert "It costs too much" in answer.text
    client.post(answer_url(world, clock), data={"key": "transport"}, headers=HTMX)
    db.session.rollback()
    task = db.session.get_one(Task, (asked.practice_id, asked.id))
    assert task.barrier == "transport"


def test_it_refuses_an_answer_that_is_not_on_the_buttons(
    world: World, enter: Enter, clock: Any, asked: Task
) -> None:
    client = enter(world.sam)
    answer = client.post(answer_url(world, clock), data={"key": "maybe"}, headers=HTMX)
    assert answer.status_code == 422
    assert "HX-Trigger" in answer.headers
    assert received() == []


def test_it_counts_a_button_pressed_twice_once(
    world: World, enter: Enter, clock: Any, asked: Task
) -> None:
    client, url = enter(world.sam), answer_url(world, clock)
    for _ in range(2):
        assert client.post(url, data={"key": "yes"}).status_code == 303
    assert len(received()) == 1


def test_it_gives_nobody_elses_question_an_answer(
    world: World, enter: Enter, clock: Any, asked: Task
) -> None:
    url = answer_url(world, clock)
    for outsider in (world.rosa, world.kim, world.zoe):
        assert outsider.id != world.sam.id
        assert enter(outsider).post(url, data={"key": "yes"}).status_code == 404
    assert received() == []
