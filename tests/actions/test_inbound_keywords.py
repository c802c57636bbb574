"""STOP, START, HELP and JOIN from a phone, and the near misses that call a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import consent_state, inbound, messages, tasks
from app.actions.consent_state import GIVEN, WITHDRAWN
from app.actions.consents import Said
from app.core.db import db, transaction
from app.models.consent import Consent, ConsentHow
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import Patient
from app.models.practice import StopOwner
from app.models.task import Needs, Task, TaskType
from messaging.delivery import MessageStatus
from tests.phones import Phones
from tests.world import World


def state(world: World, patient: Patient) -> str:
    return consent_state.current(patient, world.number(patient))[0]


def said(how: ConsentHow = ConsentHow.DESK) -> Said:
    return Said(how=how, wording="May we text you?")


@pytest.mark.parametrize("body", ["STOP", "stop.", "Stop all", "opt out", "BAJA", "unsubscribe"])
def test_it_stops_at_the_word(phones: Phones, world: World, body: str) -> None:
    with transaction():
        task = tasks.create(world.sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=phones.clock.now)
    (queued,) = phones.outbox()
    assert state(world, world.sam) == GIVEN  # else this proves nothing
    message = phones.text(world.sam, body)
    assert message is not None
    for row in (queued, task):
        db.session.refresh(row)
    assert queued.status is MessageStatus.CANCELLED
    assert (task.next_step_at, task.needs) == (None, Needs.OTHER_CHANNEL)
    assert world.number(world.sam).opted_out_at == phones.clock.now
    assert state(world, world.sam) == WITHDRAWN
    assert phones.thread(world.sam).waiting_since is None


def test_it_leaves_the_confirmation_to_a_carrier_that_sends_it(
    phones: Phones, world: World
) -> None:
    assert world.line.stop_owner is StopOwner.CARRIER  # else this proves nothing
    phones.text(world.sam, "STOP")
    assert phones.outbox() == []


@pytest.mark.parametrize(("body", "owner"), [("PARAR", StopOwner.CARRIER), ("STOP", StopOwner.US)])
def test_it_confirms_once_when_the_carrier_does_not(
    phones: Phones, world: World, body: str, owner: StopOwner
) -> None:
    with transaction():
        world.line.stop_owner = owner
        db.session.add(world.line)
    phones.text(world.rosa, body)
    phones.text(world.rosa, body)
    (confirmation,) = phones.outbox()
    assert confirmation.confirms_opt_out is True
    assert confirmation.due_at == phones.clock.now
    assert (
        len(db.session.scalars(select(Consent).where(Consent.decision == "withdrawn")).all()) == 2
    )
    phones.deliver_all()
    phones.text(world.rosa, body)
    assert phones.outbox() == []


def test_it_confirms_nothing_when_the_stop_reached_us_late(phones: Phones, world: World) -> None:
    written = phones.clock.now - timedelta(minutes=5)
    phones.text(world.rosa, "PARAR", received_at=written)
    assert world.number(world.rosa).opted_out_at is not None
    assert phones.outbox() == []
    phones.text(world.sam, "PARAR", received_at=written + timedelta(minutes=1))
    (confirmation,) = phones.outbox()
    assert confirmation.not_after == phones.clock.now + timedelta(minutes=1)


def test_it_stops_for_everybody_on_a_shared_phone(phones: Phones, world: World) -> None:
    phones.text(world.kim, "STOP")
    assert state(world, world.kim) == WITHDRAWN
    assert state(world, world.lee) == WITHDRAWN
    told = {event.patient_id for event in phones.events("consent.withdrawn")}
    assert {world.kim.id, world.lee.id} <= told


def test_it_stops_an_unknown_number_too(phones: Phones) -> None:
    phones.text("+15035550177", "stop")
    number = db.session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == "+15035550177")).one()
    assert number.opted_out_at is not None
    (intake,) = phones.intakes()
    assert intake.waiting_since is None


def test_it_starts_again_at_the_word(phones: Phones, world: World) -> None:
    phones.text(world.olga, "START")
    assert state(world, world.olga) == GIVEN
    assert world.number(world.olga).opted_out_at is None


@pytest.mark.parametrize("word", ["START", "JOIN"])
def test_a_yes_that_reached_us_late_lifts_no_later_no(
    phones: Phones, world: World, word: str
) -> None:
    began = phones.clock.now
    phones.text(world.sam, "STOP")
    assert phones.thread(world.sam).waiting_since is None
    phones.clock.advance(minutes=20)
    phones.text(world.sam, word, received_at=began - timedelta(minutes=1))
    assert world.number(world.sam).opted_out_at is not None
    assert state(world, world.sam) == WITHDRAWN
    assert phones.thread(world.sam).waiting_since is not None  # somebody asks what they want
    phones.text(world.sam, "START", received_at=began + timedelta(minutes=1))
    assert state(world, world.sam) == GIVEN


def test_it_does_not_take_yes_for_start(phones: Phones, world: World) -> None:
    phones.text(world.olga, "YES")
    assert state(world, world.olga) == WITHDRAWN
    assert phones.thread(world.olga).waiting_since is not None


def test_it_answers_help_in_the_language_of_the_word(phones: Phones, world: World) -> None:
    phones.text(world.sam, "AYUDA")
    (answer,) = phones.outbox()
    assert answer.language == "es"
    assert answer.solicited is True
    assert "(503) 555-0199" in answer.body
    assert phones.thread(world.sam).waiting_since is None


def test_it_answers_help_from_an_unknown_number(phones: Phones) -> None:
    phones.text("+15035550177", "ayuda")
    (answer,) = phones.outbox()
    assert answer.patient_id is None


def test_it_sends_nothing_after_an_opt_out_not_even_help(phones: Phones, world: World) -> None:
    phones.text(world.olga, "ayuda")
    assert phones.outbox() == []


@pytest.mark.parametrize(
    "body", ["please stop texting me", "wrong number, leave me alone", "no me escriba más"]
)
def test_it_pauses_and_calls_a_person_at_a_near_miss(
    phones: Phones, world: World, body: str
) -> None:
    phones.text(world.sam, body)
    db.session.refresh(world.sam)
    assert world.sam.automation_paused_at == phones.clock.now
    assert state(world, world.sam) == GIVEN
    assert phones.thread(world.sam).waiting_since == phones.clock.now


@pytest.mark.parametrize("body", ["I'll stop by at 3", "don't stop my meds", "when does it end?"])
def test_it_lets_ordinary_words_be(phones: Phones, world: World, body: str) -> None:
    phones.text(world.sam, body)
    db.session.refresh(world.sam)
    assert world.sam.automation_paused_at is None
    assert state(world, world.sam) == GIVEN


def test_it_pauses_everybody_on_a_shared_phone(phones: Phones, world: World) -> None:
    phones.text(world.kim, "please stop texting me")
    for person in (world.kim, world.lee):
        db.session.refresh(person)
        assert person.automation_paused_at is not None


def test_it_opts_out_in_the_portal(phones: Phones, world: World) -> None:
    with transaction():
        inbound.receive_portal(world.sam, "stop", at=phones.clock.now)
    assert state(world, world.sam) == WITHDRAWN
    assert world.number(world.sam).opted_out_at is None  # the person's own decision


def test_it_does_not_touch_other_peoples_texts(phones: Phones, world: World) -> None:
    for patient in (world.sam, world.tom):
        with transaction():
            messages.queue(
                messages.Draft(
                    practice_id=world.practice.id, patient=patient, body="Hello",
                    purpose="staff_reply", send_key=f"k:{patient.id}",
                ),
                by=SYSTEM, at=phones.clock.now,
            )  # fmt: skip
    phones.text(world.sam, "STOP")
    rows = db.session.scalars(select(Message).where(Message.direction == "outbound"))
    assert {row.patient_id: row.status.value for row in rows} == {
        world.sam.id: "cancelled",
        world.tom.id: "queued",
    }
    assert db.session.scalars(select(Task)).all() == []
