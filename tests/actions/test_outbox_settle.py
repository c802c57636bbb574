"""Settling: what each outcome of a request makes of the message, the number, and somebody's day."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.actions import outbox_queue, outbox_settle
from app.core.db import db, transaction
from app.models.contact_point import NumberState
from app.models.conversation import Conversation
from app.models.message import SendAttempt
from app.models.touchpoint import Touchpoint
from messaging.carriers.base import (
    CarrierBusy,
    InDoubt,
    NotAccepted,
    Receipt,
    RecipientOptedOut,
    Refused,
    SenderQueueFull,
)
from messaging.delivery import MessageStatus
from tests.actions.claims import SID, claim, leave, settle, start
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.world import World


def fresh_number(world: World):
    number = world.number(world.sam)
    db.session.refresh(number)
    return number


def test_it_records_what_the_carrier_accepted_with_one_touchpoint(world: World, clock) -> None:
    message = leave(
        world, queue_to(world.sam, clock.now), Receipt(SID, MessageStatus.SENT, 2), clock.now
    )
    assert (message.status, message.provider_id, message.segments) == (MessageStatus.SENT, SID, 2)
    assert (message.sent_at, message.lease_until) == (clock.now, None)
    assert db.session.scalars(select(Touchpoint.message_id)).all() == [message.id]
    assert db.session.scalars(select(SendAttempt.outcome)).all() == ["accepted"]


def test_it_leaves_a_message_where_a_faster_callback_put_it(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    assert start(claimed, clock.now)
    with transaction():
        fresh(message).provider_id = SID
        message.move(MessageStatus.DELIVERED, at=clock.now)
    settle(claimed, Receipt(SID, MessageStatus.SENT, 1), clock.now)
    assert fresh(message).status is MessageStatus.DELIVERED
    assert db.session.scalar(select(func.count()).select_from(Touchpoint)) == 1


@pytest.mark.parametrize("error", [NotAccepted(), CarrierBusy(code=20429)])
def test_it_tries_again_later_what_was_not_accepted(world: World, clock, error) -> None:
    message = leave(world, queue_to(world.sam, clock.now), error, clock.now)
    assert message.status is MessageStatus.QUEUED
    pause = message.due_at - clock.now
    assert timedelta(seconds=15) <= pause <= timedelta(seconds=19)
    assert claim(world, clock.now) == []


def test_it_gives_up_after_six_tries_and_tells_a_person(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    for tries in range(1, 7):
        clock.set(max(fresh(message).due_at, clock.now))
        leave(world, message, NotAccepted(), clock.now)
        assert message.attempts == tries
    assert message.status is MessageStatus.FAILED
    thread = db.session.get_one(Conversation, (message.practice_id, message.conversation_id))
    assert thread.waiting_since == clock.now
    assert claim(world, clock.advance(hours=5)) == []


def test_it_waits_longer_after_every_try() -> None:
    pauses = [outbox_settle.pause_after(tries).total_seconds() for tries in range(1, 6)]
    assert pauses == sorted(pauses)
    assert 3600 <= outbox_settle.pause_after(50).total_seconds() <= 4500


def test_it_expires_instead_of_trying_after_its_use(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now, not_after=clock.now + timedelta(seconds=10))
    assert leave(world, message, NotAccepted(), clock.now).status is MessageStatus.EXPIRED


def test_it_rests_a_line_whose_queue_at_the_carrier_is_full(world: World, clock) -> None:
    first = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    other = queue_to(world.rosa, clock.now)
    assert start(claimed, clock.now)
    settle(claimed, SenderQueueFull(code=21611), clock.now)
    assert fresh(first).due_at > clock.now
    assert claim(world, clock.advance(minutes=9)) == []
    assert fresh(other).status is MessageStatus.QUEUED
    assert len(claim(world, clock.advance(minutes=2))) == 2


def test_it_marks_a_number_the_carrier_calls_wrong(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    leave(world, message, Refused(code=21211, permanent=True), clock.now)
    assert (message.status, message.error_code) == (MessageStatus.FAILED, 21211)
    assert fresh_number(world).state is NumberState.BAD
    assert queue_to(world.sam, clock.now, send_key="next").withheld_reason == "wrong_number"


def test_it_records_the_opt_out_the_carrier_knows_of(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    waiting = queue_to(world.sam, clock.now, send_key="next", is_automated=False)
    (claimed,) = claim(world, clock.now, limit=1)
    assert start(claimed, clock.now)
    settle(claimed, RecipientOptedOut(code=21610, permanent=True), clock.now)
    assert fresh_number(world).opted_out_at == clock.now
    assert {fresh(message).status, fresh(waiting).status} == {
        MessageStatus.FAILED, MessageStatus.CANCELLED,
    }  # fmt: skip


def test_it_doubts_what_may_have_been_accepted(world: World, clock) -> None:
    message = leave(world, queue_to(world.sam, clock.now), InDoubt(), clock.now)
    assert message.status is MessageStatus.IN_DOUBT
    assert claim(world, clock.now) == []
    assert db.session.scalars(select(SendAttempt.outcome)).all() == ["in_doubt"]


def test_it_holds_back_only_an_equal_text_to_a_number_in_doubt(world: World, clock) -> None:
    leave(world, queue_to(world.sam, clock.now, is_automated=False), InDoubt(), clock.now)
    queue_to(world.sam, clock.now, send_key="same", is_automated=False)
    other = queue_to(world.sam, clock.now, send_key="new", body="Other words", is_automated=False)
    same_words = queue_to(world.rosa, clock.now, is_automated=False)
    assert {c.message_id for c in claim(world, clock.now)} == {other.id, same_words.id}


def test_it_notes_an_answer_that_came_after_a_newer_claim(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    (old,) = claim(world, clock.now)
    with transaction():
        outbox_queue.release_lapsed(at=clock.advance(seconds=61))
    claim(world, clock.now)
    settle(old, Receipt(SID, MessageStatus.SENT, 1), clock.now)
    assert fresh(message).status is MessageStatus.SENDING
    assert "message.accepted_late" in kinds_of(message)


@pytest.mark.parametrize(
    ("error", "becomes"),
    [(NotAccepted(), MessageStatus.QUEUED), (Refused(code=21211), MessageStatus.FAILED)],
)
def test_it_hears_a_sure_no_also_after_the_lease_lapsed(
    world: World, clock, error, becomes: MessageStatus
) -> None:
    """The process stood still while its request was out: another one doubted the text meanwhile."""
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    assert start(claimed, clock.now)
    with transaction():
        outbox_queue.release_lapsed(at=clock.advance(seconds=61))
    assert fresh(message).status is MessageStatus.IN_DOUBT
    settle(claimed, error, clock.now)
    assert fresh(message).status is becomes


def test_it_keeps_the_carriers_id_of_every_try(world: World, clock) -> None:
    message = leave(
        world, queue_to(world.sam, clock.now), Receipt(SID, MessageStatus.SENT, 1), clock.now
    )
    known = db.session.scalars(select(SendAttempt.provider_id)).all()
    assert known == [SID] == [message.provider_id]
