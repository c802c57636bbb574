"""Texts in doubt: settled by the carrier's list, repeated at most once where that does no harm, and otherwise
a person's. Never resent on a guess."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.actions import doubts, outbox_queue, sandbox
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.message import Message, SendAttempt
from app.models.patient import Patient
from app.models.touchpoint import Touchpoint
from messaging.carriers.base import CarrierMessage, InDoubt, Receipt
from messaging.delivery import MessageStatus
from tests.actions.claims import SID, claim, leave, settle, start
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.world import World


def doubted(world: World, clock, **replaced) -> Message:
    return doubted_by(world, world.sam, clock, **replaced)


def doubted_by(world: World, patient: Patient, clock, **replaced) -> Message:
    return leave(world, queue_to(patient, clock.now, **replaced), InDoubt(), clock.now)


def listed(message: Message, at: datetime, **replaced) -> CarrierMessage:
    values = {
        "provider_id": SID, "sender": "+15035550100", "recipient": "+15035550102",
        "body": message.body, "direction": "outbound", "status": MessageStatus.DELIVERED,
        "error_code": None, "created_at": at,
    }  # fmt: skip
    return CarrierMessage(**(values | replaced))


def look(clock, *found: CarrierMessage) -> int:
    """One sweep in which the carrier lists `found`; returns how many doubts were due."""
    with transaction():
        due = doubts.due_doubts(at=clock.now)
    for doubt in due:
        with transaction():
            doubts.settle_doubt(doubt, found, at=clock.now)
    return len(due)


def test_it_looks_three_times_within_a_quarter_of_an_hour(world: World, clock) -> None:
    doubted(world, clock)
    started = clock.now
    looked = []
    for second in range(0, 20 * 60, 30):
        clock.set(started + timedelta(seconds=second))
        if look(clock):
            looked.append(second)
    assert looked == [60, 300, 900]


def test_it_takes_all_three_looks_also_after_a_long_stop(world: World, clock) -> None:
    message = doubted(world, clock, repeatable=False)
    clock.advance(hours=3)
    assert [look(clock) for _ in range(4)] == [1, 1, 1, 0]
    assert fresh(message).status is MessageStatus.FAILED


def test_it_settles_by_the_text_the_carrier_lists(world: World, clock) -> None:
    message = doubted(world, clock)
    look_at = clock.advance(minutes=2)
    look(clock, listed(message, look_at))
    assert fresh(message).status is MessageStatus.DELIVERED
    assert message.provider_id == SID
    assert db.session.scalars(select(Touchpoint.message_id)).all() == [message.id]


def test_it_does_not_take_a_text_that_is_not_this_one(world: World, clock) -> None:
    message = doubted(world, clock)
    owned = queue_to(world.rosa, clock.now)
    with transaction():
        fresh(owned).provider_id = "SM" + "b" * 32
    at = clock.advance(minutes=2)
    look(
        clock,
        listed(message, at, body="Other words"),
        listed(message, at, direction="inbound"),
        listed(message, at, provider_id=owned.provider_id),
    )
    assert fresh(message).status is MessageStatus.IN_DOUBT


def test_it_does_not_take_the_late_answered_try_of_another_text(world: World, clock) -> None:
    first = queue_to(world.sam, clock.now)
    (older,) = claim(world, clock.now)
    assert start(older, clock.now)
    with transaction():
        outbox_queue.release_lapsed(at=clock.advance(seconds=61))
    with transaction():  # a report about another try was faster
        fresh(first).provider_id = "SM" + "b" * 32
        first.move(MessageStatus.SENT, at=clock.now)
    settle(older, Receipt(SID, MessageStatus.SENT, 1), clock.now)
    second = doubted(world, clock, send_key="second", is_automated=False)
    look(clock, listed(first, clock.advance(minutes=2)))
    assert fresh(second).status is MessageStatus.IN_DOUBT


def test_it_looks_up_the_rest_when_one_cannot_even_be_read(world: World, clock) -> None:
    broken, fine = doubted(world, clock), doubted_by(world, world.rosa, clock)
    with transaction():
        db.session.execute(delete(SendAttempt).where(SendAttempt.message_id == broken.id))
    clock.advance(minutes=2)
    for _ in range(2):
        with transaction():
            found = doubts.due_doubts(at=clock.now, limit=1)
    assert [doubt.message_id for doubt in found] == [fine.id]
    assert fresh(broken).due_at == clock.now + doubts.PUT_OFF


def test_it_does_not_count_a_look_up_that_could_not_be_made(world: World, clock) -> None:
    message = doubted(world, clock, repeatable=False)
    for _ in range(5):
        with transaction():
            doubts.put_off(message.practice_id, message.id, at=clock.advance(minutes=20))
    clock.advance(minutes=20)
    assert [look(clock) for _ in range(4)] == [1, 1, 1, 0]
    assert fresh(message).status is MessageStatus.FAILED


def test_it_leaves_a_text_to_the_callback_that_was_faster(world: World, clock) -> None:
    message = doubted(world, clock)
    clock.advance(minutes=2)
    with transaction():
        (doubt,) = doubts.due_doubts(at=clock.now)
    with transaction():
        fresh(message).move(MessageStatus.DELIVERED, at=clock.now)
    with transaction():
        doubts.settle_doubt(doubt, [], at=clock.now)
    assert fresh(message).status is MessageStatus.DELIVERED


def test_it_repeats_once_what_may_be_repeated_and_marks_it(world: World, clock) -> None:
    message = doubted(world, clock, repeatable=True)
    clock.advance(minutes=16)
    assert [look(clock) for _ in range(3)] == [1, 1, 1]
    assert fresh(message).status is MessageStatus.QUEUED
    assert "message.repeated" in kinds_of(message)
    (again,) = claim(world, clock.now)
    assert start(again, clock.now)
    settle(again, InDoubt(), clock.now)
    clock.advance(minutes=16)
    assert [look(clock) for _ in range(3)] == [1, 1, 1]
    assert fresh(message).status is MessageStatus.FAILED
    assert message.attempts == 2


def test_it_gives_what_may_not_be_repeated_to_a_person(world: World, clock) -> None:
    message = doubted(world, clock, repeatable=False)
    clock.advance(minutes=16)
    for _ in range(3):
        look(clock)
    assert fresh(message).status is MessageStatus.FAILED
    thread = db.session.get_one(Conversation, (message.practice_id, message.conversation_id))
    assert thread.waiting_since == clock.now
    assert claim(world, clock.advance(hours=1)) == []


def test_it_does_not_repeat_what_is_of_no_use_any_more(world: World, clock) -> None:
    until = clock.now + timedelta(minutes=10)
    message = doubted(world, clock, repeatable=True, not_after=until)
    clock.advance(minutes=16)
    for _ in range(3):
        look(clock)
    assert fresh(message).status is MessageStatus.FAILED


def test_it_finds_a_text_the_sandbox_took_before_the_answer_was_lost(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    assert start(claimed, clock.now)
    db.session.rollback()
    claimed.carrier.send(claimed.outgoing)  # and the process dies before it can note the answer
    settle(claimed, InDoubt(), clock.now)
    with transaction():
        (doubt,) = doubts.due_doubts(at=clock.advance(minutes=2))
    db.session.rollback()
    found = doubt.look_up()
    assert len(found) == 1
    with transaction():
        doubts.settle_doubt(doubt, found, at=clock.now)
    assert fresh(message).status is MessageStatus.DELIVERED
    assert len(sandbox.phone_thread(world.practice, world.phone(world.sam))) == 1
