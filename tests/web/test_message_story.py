"""Why a message was sent or was not: each answer of the gate, with the consent it relied on, each try."""

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import carrier_blocks
from app.core.db import db, transaction
from app.models.message import Message
from app.models.message_verdict import Asked, MessageVerdict
from messaging.carriers.base import Receipt
from messaging.delivery import MessageStatus
from tests.actions import claims
from tests.phones import Phones
from tests.world import World, look_again


def only() -> Message:
    look_again()
    rows = select(Message).where(Message.author_id.is_not(None))
    return db.session.scalars(rows.execution_options(populate_existing=True)).one()


def answers(message: Message) -> list[tuple[str, str]]:
    look_again()
    rows = select(MessageVerdict).where(MessageVerdict.message_id == message.id)
    found = db.session.scalars(rows.order_by(MessageVerdict.at, MessageVerdict.id))
    return [(row.asked, row.decision) for row in found]


def write(ana: FlaskClient, phones: Phones, world: World, send_after: str = "") -> Message:
    phones.text(world.sam, "Can you help?")
    look_again()
    form = {"body": "See you", "channel": "sms", "send_after": send_after}
    here = phones.thread(world.sam).id
    assert ana.post(f"/conversations/{here}/replies", data=form).status_code == 303
    return only()


def test_it_tells_the_answers_the_consent_and_the_try(
    ana: FlaskClient, phones: Phones, world: World, clock
) -> None:
    message = write(ana, phones, world)
    claims.leave(world, message, Receipt(claims.SID, MessageStatus.SENT, 1), clock.now)
    assert answers(message) == [(Asked.WRITTEN, "allowed"), (Asked.CLAIMED, "allowed")]
    text = ana.get(f"/messages/{message.id}/why").text
    for words in ("Why was this sent?", "See you", "When it was written", "When it was due to leave",
                  "Consent relied on", "the phone company took it"):  # fmt: skip
        assert words in text, words
    assert f"/messages/{message.id}/why" in ana.get(f"/inbox/{message.conversation_id}").text


def test_it_tells_why_it_was_not_sent(ana: FlaskClient, phones: Phones, world: World) -> None:
    message = write(ana, phones, world, send_after="2026-03-05T10:00")
    phones.text(world.sam, "STOP")
    text = ana.get(f"/messages/{message.id}/why").text
    assert "Why was this not sent?" in text
    assert "Never tried" in text


def test_it_tells_what_became_of_what_came_in(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    phones.text(world.sam, "Can you help?")
    look_again()
    heard = db.session.scalars(select(Message).where(Message.direction == "inbound")).one()
    text = ana.get(f"/messages/{heard.id}/why").text
    assert "What became of this message" in text
    assert "Can you help?" in text
    assert f"/messages/{heard.id}/refiling" in text


def test_it_is_reached_from_the_patients_story(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    message = write(ana, phones, world)
    assert f"/messages/{message.id}/why" in ana.get(f"/patients/{world.sam.id}").text


def test_the_patients_page_says_what_to_ask_when_the_carrier_blocks(
    ana: FlaskClient, world: World, clock
) -> None:
    page = f"/patients/{world.sam.id}"
    assert "text START" not in ana.get(page).text
    with transaction():
        carrier_blocks.block(world.number(world.sam), None, at=clock.now)
    assert "ask them to text START to (503) 555-0100." in ana.get(page).text
