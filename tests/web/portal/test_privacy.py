"""Who sees what of the portal: only one's own, only what was said, and each look is logged."""

from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions import conversations, handover, messages
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.message import Message
from app.models.patient import Patient
from tests.web.portal.conftest import Enter, links_texted
from tests.world import World

CHAT = "/portal/my/chat"
HTMX = {"HX-Request": "true"}


def reply(world: World, patient: Patient, body: str, at: Any, channel: str = "portal") -> Message:
    with transaction():
        thread = conversations.thread_of(db.session.merge(patient), at=at)
        return messages.reply(thread, channel=channel, body=body, by=world.viewer(world.ana), at=at)


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
