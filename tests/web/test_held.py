"""Held messages as staff meet them: what is odd, what the carrier said, and that nobody releases one."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.actions import held
from app.core.db import db, transaction
from app.models.message import Message
from app.models.user import User
from app.queries.held import held_list
from tests.carrier.client import StandIn
from tests.phones import Phones
from tests.statements import reads
from tests.world import World, look_again
from workers import reconciler

SignIn = Callable[[User], FlaskClient]
LIST = "/messages/held"


@pytest.fixture
def lea(sign_in: SignIn, world: World) -> FlaskClient:
    return sign_in(world.lea)


@pytest.fixture
def stop(phones: Phones, world: World) -> Message:
    """A STOP in a request with a key nobody knows."""
    message = phones.text(world.sam, "STOP", unknown_keys=("Odd", "More"))
    assert message is not None
    return message


def fresh(message: Message) -> Message:
    look_again()
    return db.session.get_one(Message, (message.practice_id, message.id), populate_existing=True)


def refuse(message: Message, clock) -> None:
    with transaction():
        held.refuse(db.session.merge(message), at=clock.now)


def test_it_shows_what_is_odd_and_that_nothing_was_answered_yet(
    lea: FlaskClient, stop: Message, clock
) -> None:
    clock.advance(minutes=7)
    text = lea.get(LIST).text
    for words in ("Sam Porter", "STOP", "More, Odd", "7 min", "Not answered by the phone company yet",
                  "Ask the phone company again"):  # fmt: skip
        assert words in text, words


def test_it_is_kind_when_nothing_is_held(lea: FlaskClient) -> None:
    assert "Nothing is held" in lea.get(LIST).text


def test_it_refreshes_itself(lea: FlaskClient, stop: Message) -> None:
    text = lea.get(LIST, headers={"HX-Request": "true"}).text
    assert text.lstrip().startswith('<div id="held"')
    assert "poke:board" in text


def test_it_says_that_the_carrier_could_not_be_asked_once(
    lea: FlaskClient, stop: Message, phones: Phones, twilio: Flask, stand_in: StandIn
) -> None:
    stand_in.set_fault("error_500_before", target="fetch", times=2)
    with twilio.app_context():
        assert reconciler.confirm_held() == 0
        assert reconciler.confirm_held() == 0
    look_again()
    (event,) = phones.events("message.unconfirmed")
    text = lea.get(LIST).text
    assert "No answer of the phone company" in text
    assert event.facts["why"] in text


def test_a_refused_one_stands_apart_and_can_be_asked_about_again(
    lea: FlaskClient, world: World, stop: Message, clock, twilio: Flask
) -> None:
    refuse(stop, clock)
    assert "Refused in the last 30 days" in lea.get(LIST).text
    assert lea.post(f"/messages/{stop.id}/question").status_code == 303
    assert fresh(stop).held_reason == "unknown keys: More, Odd"
    text = lea.get(LIST).text
    assert "Refused in the last 30 days" not in text
    assert "Asked to have the phone company asked again, by Lea Lindqvist" in text
    with twilio.app_context():
        assert reconciler.confirm_held() == 1  # it has no such message still
    assert fresh(stop).held_reason == "the carrier has no such message"
    assert world.number(world.sam).opted_out_at is None


def test_asking_releases_nothing(lea: FlaskClient, world: World, stop: Message) -> None:
    lea.post(f"/messages/{stop.id}/question")
    assert fresh(stop).held_reason is not None
    assert world.number(world.sam).opted_out_at is None


def test_a_message_that_is_not_held_is_not_asked_about(
    lea: FlaskClient, phones: Phones, world: World
) -> None:
    message = phones.text(world.sam, "Hello")
    assert message is not None
    assert lea.post(f"/messages/{message.id}/question").status_code == 409


def test_only_leads_may_have_it_asked_again(ana: FlaskClient, stop: Message) -> None:
    text = ana.get(LIST).text
    assert "Sam Porter" in text
    assert "Ask the phone company again" not in text
    assert "a lead or an admin can" in text
    assert ana.post(f"/messages/{stop.id}/question").status_code == 403


def test_the_bell_tells_leads(lea: FlaskClient, ana: FlaskClient, stop: Message) -> None:
    assert "1 held message waits" in lea.get("/bell").text
    assert "held message" not in ana.get("/bell").text


def test_another_team_sees_nothing_of_it(sign_in: SignIn, world: World, stop: Message) -> None:
    assert "Sam Porter" not in sign_in(world.ben).get(LIST).text


def test_it_asks_as_much_for_many_as_for_one(
    world: World, phones: Phones, stop: Message, clock
) -> None:
    viewer = world.viewer(world.lea)
    look_again()
    with reads() as one:
        held_list(viewer, at=clock.now)
    for patient in (world.sam, world.olga, world.tom):
        phones.text(patient, "Hi", unknown_keys=("Odd",))
    look_again()
    with reads() as many:
        assert len(held_list(viewer, at=clock.now).waiting) == 4
    assert len(many) == len(one) <= 4
