"""A waiting reply on the screen: change it, take it back, put it back."""

import json

from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.phones import Phones
from tests.world import World, look_again

HTMX = {"HX-Request": "true"}


def plan(ana: FlaskClient, phones: Phones, world: World) -> Message:
    phones.text(world.sam, "Can you help?")
    look_again()
    here = phones.thread(world.sam).id
    form = {"body": "See you", "channel": "sms", "send_after": "2026-03-05T10:00"}
    assert ana.post(f"/conversations/{here}/replies", data=form).status_code == 303
    return only()


def only() -> Message:
    look_again()
    rows = select(Message).where(Message.author_id.is_not(None))
    return db.session.scalars(rows.execution_options(populate_existing=True)).one()


def test_it_offers_and_saves_a_change(ana: FlaskClient, phones: Phones, world: World) -> None:
    message = plan(ana, phones, world)
    thread = ana.get(f"/inbox/{message.conversation_id}").text
    assert f"/messages/{message.id}/change" in thread
    assert "Leave at (PST)" in thread
    form = ana.get(f"/messages/{message.id}/change").text
    assert 'value="2026-03-05T10:00"' in form
    data = {"body": "See you then", "send_after": "2026-03-05T23:00", "seen": message.body_digest}
    check = ana.post(f"/messages/{message.id}/change/check", data=data).text
    assert "Waits until Friday, March 6 at 8:00 AM PST" in check
    answer = ana.post(f"/messages/{message.id}/change", data=data, headers=HTMX)
    assert "March 6 at 8:00" in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert only().body == "See you then"
    assert "Waiting message changed" in ana.get(f"/conversations/{message.conversation_id}").text


def test_it_explains_the_quiet_hours_of_a_chosen_time(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    message = plan(ana, phones, world)
    form = {"body": "Hi", "channel": "sms", "send_after": "2026-03-05T23:00"}
    check = ana.post(f"/conversations/{message.conversation_id}/reply-check", data=form).text
    assert "At the time you chose it would wait" in check
    assert "hours allowed where the patient is" in check


def test_it_warns_of_the_practices_own_words_while_they_are_changed(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    message = plan(ana, phones, world)
    with transaction():
        practice = db.session.merge(world.practice)
        practice.clinical_words = {world.sam.language: ["zebra"]}
    check = f"/messages/{message.id}/change/check"
    said = ana.post(check, data={"body": "Your zebra results are here", "send_after": ""}).text
    assert "leave out &#34;zebra&#34;" in said
    reply = f"/conversations/{message.conversation_id}/reply-check"
    said = ana.post(reply, data={"body": "Your zebra is here", "channel": "sms"}).text
    assert "leave out &#34;zebra&#34;" in said


def test_it_takes_back_and_puts_back(ana: FlaskClient, phones: Phones, world: World) -> None:
    message = plan(ana, phones, world)
    answer = ana.delete(f"/messages/{message.id}", headers=HTMX)
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    assert only().status is MessageStatus.CANCELLED
    assert ana.delete(undo["url"], headers=HTMX).status_code == 204
    assert only().status is MessageStatus.QUEUED


def test_it_says_that_a_text_has_left(ana: FlaskClient, phones: Phones, world: World) -> None:
    message = plan(ana, phones, world)
    phones.deliver_all()
    data = {"body": "Too late", "seen": message.body_digest}
    answer = ana.post(f"/messages/{message.id}/change", data=data, headers=HTMX)
    assert answer.status_code == 409
    assert only().body == "See you"
