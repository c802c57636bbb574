"""The patient's side of the thread: one thread over all channels, words that are kept, pages back."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.actions import conversations, messages
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.message import Channel, Direction, Message
from app.models.patient import Patient
from tests.web.portal.conftest import Enter
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


def test_it_writes_to_the_care_team(world: World, enter: Enter) -> None:
    client = enter(world.sam)
    key = key_in(client.get(CHAT).text)
    answer = client.post(
        "/portal/my/chat/messages", data={"body": "I feel better <b>", "key": key}, headers=HTMX
    )
    assert answer.status_code == 200
    assert "I feel better &lt;b&gt;" in answer.text
    assert key_in(answer.text) != key
    assert " autofocus>" in answer.text  # the next word can follow
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
