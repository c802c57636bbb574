"""The patient's side of the thread: one thread over all channels, answers by button, nobody else's words."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions import conversations, handover, messages, questions, tasks
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.message import Channel, Direction, Message
from app.models.patient import Patient
from app.models.task import Task, TaskType
from tests.web.portal.conftest import Enter, links_texted
from tests.world import World

CHAT = "/portal/my/chat"
HTMX = {"HX-Request": "true"}


def key_in(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found.group(1)


def received() -> list[Message]:
    db.session.rollback()  # requests wrote since the test looked last
    return list(db.session.scalars(select(Message).where(Message.direction == Direction.INBOUND)))


def reply(world: World, patient: Patient, body: str, at: Any, channel: str = "portal") -> Message:
    with transaction():
        thread = conversations.thread_of(db.session.merge(patient), at=at)
        return messages.reply(thread, channel=channel, body=body, by=world.viewer(world.ana), at=at)


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


def test_it_writes_to_the_care_team(world: World, enter: Enter) -> None:
    client = enter(world.sam)
    key = key_in(client.get(CHAT).text)
    answer = client.post(
        "/portal/my/chat/messages", data={"body": "I feel better <b>", "key": key}, headers=HTMX
    )
    assert answer.status_code == 200
    assert "I feel better &lt;b&gt;" in answer.text
    assert key_in(answer.text) != key
    (message,) = received()
    assert message.channel is Channel.PORTAL
    assert message.patient_id == world.sam.id
    thread = db.session.scalars(select(Conversation)).one()
    assert thread.waiting_since is not None  # a person reads it


def test_it_makes_one_message_of_a_double_click(world: World, enter: Enter) -> None:
    client = enter(world.sam)
    data = {"body": "Hello", "key": key_in(client.get(CHAT).text)}
    for _ in range(2):
        assert client.post("/portal/my/chat/messages", data=data).status_code == 303
    assert len(received()) == 1


def test_it_does_not_mix_up_two_people_with_one_key(world: World, enter: Enter) -> None:
    for patient in (world.kim, world.lee):
        enter(patient).post("/portal/my/chat/messages", data={"body": "Hi", "key": "same"})
    assert {message.patient_id for message in received()} == {world.kim.id, world.lee.id}


def test_it_keeps_the_words_when_it_refuses_them(world: World, enter: Enter) -> None:
    client = enter(world.rosa)
    answer = client.post(
        "/portal/my/chat/messages", data={"body": "x" * 8001, "key": "k"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "Acorte el mensaje" in answer.text
    assert "x" * 8001 in answer.text
    assert received() == []


def test_it_shows_staff_by_first_name_and_role(world: World, enter: Enter, clock: Any) -> None:
    reply(world, world.sam, "How are you today?", clock.now)
    text = enter(world.sam).get(CHAT, headers=HTMX).text
    assert "How are you today?" in text
    assert "Ana, care navigator" in text
    assert "Alvarez" not in text


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


def test_it_shows_nobody_on_one_phone_the_others_words(
    world: World, enter: Enter, clock: Any
) -> None:
    assert world.phone(world.kim) == world.phone(world.lee)
    reply(world, world.kim, "Only for Kim", clock.now)
    assert "Only for Kim" in enter(world.kim).get(CHAT).text
    lees = enter(world.lee)
    for path in (CHAT, "/portal/my/messages.json", "/portal/my/contacts.json", "/portal/my/next"):
        text = lees.get(path).text
        assert "Only for Kim" not in text
        assert str(world.kim.id) not in text


def test_it_leaves_out_what_was_never_said(world: World, enter: Enter, clock: Any) -> None:
    """A text held at night is not said yet; one that left is."""
    clock.set(clock.now.replace(hour=9))  # 1 a.m. where Sam lives
    waiting = reply(world, world.sam, "Good morning", clock.now, channel="sms")
    assert waiting.status == "queued"
    client = enter(world.sam)
    assert "Good morning" not in client.get(CHAT).text


def test_it_never_shows_a_sign_in_link_in_the_thread(
    world: World, enter: Enter, client: FlaskClient, clock: Any
) -> None:
    client.post("/portal/harbor/links", data={"phone": "5035550102"})
    clock.advance(seconds=2)
    with transaction():
        link = links_texted()[0]
        handover.handed_over(link, at=clock.now)
    text = enter(world.sam).get(CHAT).text
    assert "/portal/in/" not in text


def test_it_pages_back_through_a_long_thread(world: World, enter: Enter, clock: Any) -> None:
    for number in range(55):
        clock.advance(seconds=1)
        reply(world, world.sam, f"Message number {number:02d}.", clock.now)
    client = enter(world.sam)
    page = client.get(CHAT).text
    assert "number 54." in page
    assert "number 04." not in page
    more = re.search(r'href="(/portal/my/chat/earlier[^"]+)"', page)
    assert more
    earlier = client.get(more.group(1)).text
    assert "number 04." in earlier
    assert "number 05." not in earlier
    assert client.get("/portal/my/chat/earlier?before=soon").status_code == 422


def test_it_reads_the_thread_in_a_constant_number_of_statements(
    world: World, enter: Enter, clock: Any, count_statements: Callable[..., int]
) -> None:
    client = enter(world.sam)
    reply(world, world.sam, "One", clock.now)
    few = count_statements(lambda: client.get(CHAT, headers=HTMX | {"X-Touchline-Auto": "1"}))
    for number in range(12):
        reply(world, world.sam, f"More {number}", clock.now)
    many = count_statements(lambda: client.get(CHAT, headers=HTMX | {"X-Touchline-Auto": "1"}))
    assert few == many


def test_it_logs_who_looked_but_not_every_poll(world: World, enter: Enter) -> None:
    from app.models.event import AccessLog

    client = enter(world.sam)

    def looks() -> int:
        db.session.rollback()
        mine = AccessLog.patient_id == world.sam.id
        return db.session.scalar(select(func.count()).select_from(AccessLog).where(mine)) or 0

    before = looks()
    client.get(CHAT)
    after_look = looks()
    client.get(CHAT, headers=HTMX | {"X-Touchline-Auto": "1"})
    assert (after_look, looks()) == (before + 1, before + 1)


def test_it_lets_a_patient_watch_only_themselves(world: World, enter: Enter, clock: Any) -> None:
    reply(world, world.sam, "Hello", clock.now)
    threads: dict[UUID | None, UUID] = {
        row.patient_id: row.id for row in db.session.scalars(select(Conversation))
    }
    mine = [f"patient:{world.sam.id}", f"conversation:{threads[world.sam.id]}"]
    foreign = ["board", f"patient:{world.kim.id}"]
    query = "&".join(f"watch={topic}@-1" for topic in mine + foreign)
    found = enter(world.sam).get(f"/topics?{query}").get_json()
    assert sorted(found["gone"]) == sorted(foreign)
    assert set(found["moved"]) == set(mine)
