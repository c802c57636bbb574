"""Texts that come in: filed once, with the right person, and never dropped."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.actions import inbound
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.conversation import ConversationKind
from app.models.message import Channel, Message
from app.models.patient import PatientStatus
from app.models.task import Evidence, TaskStatus, TaskType
from app.models.touchpoint import Touchpoint
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.phones import Phones, new_sid
from tests.statements import reads
from tests.world import World


def test_it_files_a_text_with_the_patient_and_lets_it_wait(phones: Phones, world: World) -> None:
    message = phones.text(world.sam, "I feel dizzy since this morning")
    assert message is not None
    thread = phones.thread(world.sam)
    assert (message.patient_id, message.conversation_id) == (world.sam.id, thread.id)
    assert (message.status, message.channel) == (MessageStatus.RECEIVED, Channel.SMS)
    assert message.body == "I feel dizzy since this morning"
    assert message.understood == {"kind": "free_text"}
    assert thread.waiting_since == phones.clock.now
    assert thread.phone_number_id == world.number(world.sam).id


def test_it_writes_one_row_of_the_ledger_and_one_event(phones: Phones, world: World) -> None:
    message = phones.text(world.sam, "Thank you!")
    assert message is not None
    row = db.session.scalars(select(Touchpoint)).one()
    assert (row.message_id, row.direction, row.actor_kind) == (message.id, "inbound", "patient")
    assert row.seconds == 0
    (event,) = phones.events("message.received")
    assert (event.actor_kind, event.actor_id) == ("patient", world.sam.id)
    assert "Thank" not in str(event.facts)


def test_it_ignores_a_repeat(phones: Phones, world: World) -> None:
    sid = new_sid()
    assert phones.text(world.sam, "Hello", provider_id=sid) is not None
    assert phones.text(world.sam, "Hello", provider_id=sid) is None
    assert phones.text(world.sam, "Hello again", provider_id=sid) is None
    assert db.session.scalar(select(func.count()).select_from(Message)) == 1
    assert len(phones.events("message.received")) == 1


def test_it_keeps_the_first_unanswered_moment(phones: Phones, world: World, clock: Clock) -> None:
    began = clock.now
    phones.text(world.sam, "Hello?")
    clock.advance(hours=2)
    phones.text(world.sam, "Anybody there?")
    assert phones.thread(world.sam).waiting_since == began


def test_it_ends_a_snooze_when_the_patient_writes_again(phones: Phones, world: World) -> None:
    phones.text(world.sam, "Hello?")
    with transaction():
        phones.thread(world.sam).snoozed_until = phones.clock.now + timedelta(days=1)
    phones.text(world.sam, "It got worse")
    assert phones.thread(world.sam).snoozed_until is None


def test_it_puts_an_unknown_number_into_intake(phones: Phones) -> None:
    message = phones.text("+15035550177", "Is this the clinic?")
    again = phones.text("+15035550177", "Hello?")
    assert message is not None
    assert again is not None
    (intake,) = phones.intakes()
    assert message.conversation_id == again.conversation_id == intake.id
    assert (message.patient_id, intake.kind) == (None, ConversationKind.INTAKE)
    assert intake.waiting_since == phones.clock.now
    assert db.session.scalar(select(func.count()).select_from(Touchpoint)) == 0


def test_it_takes_a_short_code_as_a_sender(phones: Phones) -> None:
    assert phones.text("87654", "Your parcel is on its way") is not None
    assert len(phones.intakes()) == 1


def test_it_asks_staff_whose_text_it_is_on_a_shared_phone(phones: Phones, world: World) -> None:
    assert world.phone(world.kim) == world.phone(world.lee)  # else this proves nothing
    message = phones.text(world.kim, "Can I come tomorrow?")
    assert message is not None
    (intake,) = phones.intakes()
    assert (message.conversation_id, message.patient_id) == (intake.id, None)
    assert message.understood is not None
    assert message.understood["kind"] == "who_is_this"
    assert set(message.understood["candidates"]) == {str(world.kim.id), str(world.lee.id)}
    assert intake.waiting_since is not None


def test_it_gives_an_answer_from_a_shared_phone_to_the_one_who_was_asked(
    phones: Phones, world: World
) -> None:
    task = phones.ask(world.kim, TaskType.MEDICATION_RECEIVED)
    message = phones.text(world.kim, "1")
    assert message is not None
    assert message.patient_id == world.kim.id
    db.session.refresh(task)
    assert (task.status, task.evidence) == (TaskStatus.COMPLETED, Evidence.PATIENT_CONFIRMED)
    assert task.from_shared_phone is True
    assert phones.intakes() == []


def test_it_does_not_guess_when_both_people_of_a_phone_were_asked(
    phones: Phones, world: World
) -> None:
    tasks = [phones.ask(one, TaskType.MEDICATION_RECEIVED) for one in (world.kim, world.lee)]
    message = phones.text(world.kim, "1")
    assert message is not None
    assert message.patient_id is None
    for task in tasks:
        db.session.refresh(task)
        assert task.is_open
    assert len(phones.intakes()) == 1


def test_it_knows_that_a_phone_is_not_shared_with_somebody_who_died(
    phones: Phones, world: World
) -> None:
    with transaction():
        db.session.get_one(
            type(world.lee), (world.practice.id, world.lee.id)
        ).status = PatientStatus.DECEASED
    message = phones.text(world.kim, "Can I come tomorrow?")
    assert message is not None
    assert message.patient_id == world.kim.id


def test_it_follows_a_merge(phones: Phones, world: World) -> None:
    with transaction():
        world.sam.merged_into_id = world.tom.id
        db.session.add(world.sam)
    message = phones.text(world.phone(world.sam), "Hello")
    assert message is not None
    assert message.patient_id == world.tom.id


def test_it_keeps_the_time_the_carrier_received_it(
    phones: Phones, world: World, clock: Clock
) -> None:
    heard = clock.now - timedelta(hours=3)
    message = phones.text(world.sam, "Sent while you were down", received_at=heard)
    assert message is not None
    assert (message.created_at, message.status_at) == (heard, clock.now)
    assert phones.thread(world.sam).waiting_since == heard


def test_it_never_reaches_the_other_practice(phones: Phones, world: World) -> None:
    assert world.phone(world.zoe)  # else this proves nothing
    message = phones.text(world.phone(world.zoe), "Hello")
    assert message is not None
    assert (message.practice_id, message.patient_id) == (world.practice.id, None)


def test_it_takes_in_what_a_patient_writes_in_the_portal(phones: Phones, world: World) -> None:
    with transaction():
        message = inbound.receive_portal(world.sam, "  Hello there  ", at=phones.clock.now)
    assert (message.channel, message.body) == (Channel.PORTAL, "Hello there")
    assert message.phone_number_id is None
    assert phones.thread(world.sam).waiting_since == phones.clock.now


def test_it_takes_a_portal_message_once_per_key(phones: Phones, world: World) -> None:
    with transaction():
        first = inbound.receive_portal(world.sam, "Hello", at=phones.clock.now, send_key="form-1")
        again = inbound.receive_portal(world.sam, "Hello", at=phones.clock.now, send_key="form-1")
    assert first.id == again.id
    assert len(phones.events("message.received")) == 1


@pytest.mark.parametrize("body", ["", "   ", "x" * 8001])
def test_it_refuses_portal_messages_without_words_or_end(
    phones: Phones, world: World, body: str
) -> None:
    with pytest.raises(Invalid), transaction():
        inbound.receive_portal(world.sam, body, at=phones.clock.now)
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0


def test_it_takes_a_button_in_the_portal_as_the_answer(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    question = db.session.scalars(select(Message).where(Message.task_id == task.id)).one()
    with transaction():
        inbound.receive_portal(world.sam, "Yes", at=phones.clock.now, answers=question, key="yes")
    db.session.refresh(task)
    assert (task.status, task.from_shared_phone) == (TaskStatus.COMPLETED, False)


def test_it_refuses_a_button_that_belongs_to_no_open_question(phones: Phones, world: World) -> None:
    task = phones.ask(world.tom, TaskType.MEDICATION_RECEIVED)
    question = db.session.scalars(select(Message).where(Message.task_id == task.id)).one()
    assert question.patient_id == world.tom.id  # else this proves nothing
    with pytest.raises(Invalid), transaction():
        inbound.receive_portal(world.sam, "Yes", at=phones.clock.now, answers=question, key="yes")
    db.session.refresh(task)
    assert task.is_open


def test_it_takes_in_plain_words_with_few_reads(phones: Phones, world: World) -> None:
    """The hot path: sender, thread, practice and the ledger's context at once."""
    phones.text(world.sam, "Hello")
    number = world.phone(world.sam)
    with reads() as seen:
        phones.text(number, "Thank you so much")
    own = [each for each in seen if "FROM line" not in each]  # the test's own line is read again
    assert len(own) == 1, own


def test_it_reads_a_tasks_protocol_once_for_an_answer(phones: Phones, world: World) -> None:
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    number = world.phone(world.sam)
    db.session.expunge_all()
    with reads() as seen:
        phones.text(number, "1")
    assert len([each for each in seen if "FROM protocol" in each]) <= 1
