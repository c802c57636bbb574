"""She calls the number back: what she hears, where the call stands, and what the ledger says of it."""

import contextvars
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.touchpoint import ActorKind, Touchpoint
from messaging.calls import CallAnswer
from tests.conftest import Clock
from tests.phones import Phones
from tests.web.webhooks.calling import (
    OPEN_HOURS,
    VOICE,
    call_form,
    call_of,
    ring,
    root,
    said,
    set_practice,
)
from tests.web.webhooks.signing import counted, send
from tests.world import World

STRANGER = "+15035550177"
NIGHT = datetime(2026, 3, 7, 4, 30, tzinfo=UTC)  # a Friday, 8:30 p.m. where the practice is


def test_it_names_the_practice_and_rings_its_phone(client: FlaskClient, world: World) -> None:
    form = call_form(world, world.phone(world.sam))
    answer = ring(client, form)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert "Set-Cookie" not in answer.headers
    assert said(answer) == [
        ("en-US", "Thank you for calling Harbor Family Clinic. Please hold while we connect you.")
    ]
    dial = root(answer).find("Dial")
    assert dial is not None
    assert dial.attrib["action"] == f"http://localhost:8000{VOICE}/{call_of(form).id}/end"
    assert "callerId" not in dial.attrib  # the practice sees who calls
    assert dial.findtext("Number") == "+15035550199"


def test_it_speaks_the_callers_language(client: FlaskClient, world: World) -> None:
    assert [each for each, _ in said(ring(client, call_form(world, world.phone(world.rosa))))] == [
        "es-US"
    ]
    for anybody in (STRANGER, "anonymous"):
        spoken = [each for each, _ in said(ring(client, call_form(world, anybody)))]
        assert spoken == ["en-US", "es-US"]


def test_it_speaks_both_languages_on_a_phone_of_both(client: FlaskClient, world: World) -> None:
    with transaction():
        db.session.merge(world.lee).language = "es"
    spoken = [each for each, _ in said(ring(client, call_form(world, world.phone(world.kim))))]
    assert spoken == ["en-US", "es-US"]


def test_it_escapes_the_practices_name(client: FlaskClient, world: World) -> None:
    set_practice(world, name='O\'Neil & "Sons" <Dial>+19005550100</Dial>')
    answer = ring(client, call_form(world, world.phone(world.sam)))
    assert "<Dial>+1900" not in answer.text
    assert 'O\'Neil & "Sons" <Dial>+19005550100</Dial>' in said(answer)[0][1]
    assert [each.tag for each in root(answer)] == ["Say", "Dial"]


def test_it_says_what_to_do_in_an_emergency_after_hours(
    client: FlaskClient, world: World, clock: Clock
) -> None:
    set_practice(world, hours=OPEN_HOURS, closed_on=["2026-03-09"])
    clock.set(NIGHT)
    english = ring(client, call_form(world, world.phone(world.sam)))
    assert root(english).find("Dial") is None
    [(_, words)] = said(english)
    assert "If this is an emergency, hang up and call 9 1 1." in words
    assert "We open on Tuesday, March 10 at 8:00 AM." in words  # Monday is one of its closed days
    [(_, words)] = said(ring(client, call_form(world, world.phone(world.rosa))))
    assert "llame al 9 1 1" in words
    assert "Abrimos el martes 10 de marzo a las 8:00 a. m." in words
    assert counted(Message) == 0  # a call is answered by a person, never by a text


def test_it_is_never_closed_without_hours(client: FlaskClient, world: World, clock: Clock) -> None:
    clock.set(NIGHT)
    assert root(ring(client, call_form(world, STRANGER))).find("Dial") is not None


@pytest.mark.parametrize("phone", [None, "+15035550100"])
def test_it_says_kindly_when_no_phone_can_ring(
    client: FlaskClient, world: World, phone: str | None
) -> None:
    set_practice(world, phone=phone)  # a line of ours would only ring itself
    form = call_form(world, world.phone(world.sam))
    answer = ring(client, form)
    assert root(answer).find("Dial") is None
    assert "a person will call you back" in said(answer)[0][1]
    assert call_of(form).answer is CallAnswer.NO_PHONE


def test_it_makes_the_patients_thread_wait_and_writes_one_attempt(
    client: FlaskClient, world: World, phones: Phones, clock: Clock
) -> None:
    ring(client, call_form(world, world.phone(world.sam)))
    thread = phones.thread(world.sam)
    assert (thread.waiting_since, thread.last_message_at) == (clock.now, clock.now)
    [row] = db.session.scalars(select(Touchpoint)).all()
    assert (row.patient_id, row.channel, row.direction) == (world.sam.id, "phone", "inbound")
    assert (row.actor_kind, row.seconds, row.attempt_number) == (ActorKind.PATIENT, 0, 1)
    assert (row.contact_outcome, row.is_interactive) == ("put_through", False)
    assert row.payer == "Cascade Health Plan"
    [event] = phones.events("call.received")
    assert (event.patient_id, event.actor_id) == (world.sam.id, world.sam.id)


@pytest.mark.parametrize("caller", [STRANGER, "kim"])
def test_it_asks_staff_who_an_unknown_or_shared_phone_is(
    client: FlaskClient, world: World, phones: Phones, clock: Clock, caller: str
) -> None:
    number = world.phone(world.kim) if caller == "kim" else caller
    ring(client, call_form(world, number))
    [intake] = phones.intakes()
    assert (intake.waiting_since, intake.patient_id) == (clock.now, None)
    assert intake.phone_number is not None
    assert intake.phone_number.e164 == number
    assert counted(Touchpoint) == 0  # nobody is known to whom it could be credited


def test_it_keeps_a_call_whose_number_is_hidden(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    first = ring(client, call_form(world, "anonymous"))
    ring(client, call_form(world, "+266696687"))
    intakes = phones.intakes()
    assert [each.phone_number_id for each in intakes] == [None, None]  # perhaps two people
    assert all(each.waiting_since for each in intakes)
    dial = root(first).find("Dial")
    assert dial is not None
    assert dial.attrib["callerId"] == world.line.number
    set_practice(world, phone=None)
    answer = ring(client, call_form(world, "Restricted"))
    assert "we cannot call you back" in said(answer)[0][1]


def test_it_takes_a_repeat_without_effect_and_answers_the_same(
    client: FlaskClient, world: World, clock: Clock
) -> None:
    set_practice(world, hours=OPEN_HOURS)
    clock.set(NIGHT)
    form = call_form(world, world.phone(world.sam))
    first = ring(client, form)
    clock.advance(days=3)  # open again, and another day to name
    again = ring(client, form)
    assert first.text == again.text
    assert (counted(IncomingCall), counted(Touchpoint)) == (1, 1)


def test_it_takes_each_call_once_however_many_copies_come_at_once(
    client: FlaskClient, world: World
) -> None:
    forms = [call_form(world, each) for each in (world.phone(world.sam), STRANGER, "anonymous")]
    app = client.application

    def deliver(form: dict[str, str]) -> int:
        fresh = app.test_client()
        return contextvars.Context().run(lambda: send(fresh, VOICE, form).status_code)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(deliver, forms * 5))
    db.session.rollback()
    assert answers == [200] * 15
    assert (counted(IncomingCall), counted(Touchpoint), counted(Conversation)) == (3, 1, 3)


def test_it_calls_back_whoever_stopped_texts(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    ring(client, call_form(world, world.phone(world.olga)))
    assert phones.thread(world.olga).waiting_since is not None
    assert counted(Message) == 0


def test_it_keeps_events_free_of_the_caller(client: FlaskClient, world: World) -> None:
    ring(client, call_form(world, STRANGER))
    for event in db.session.scalars(select(Event).where(Event.kind.startswith("call."))):
        assert STRANGER[2:] not in str(event.facts)
