"""Claiming: what is due is leased once, the gate speaks again, and a lease that lapses loses nothing."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, event, func, literal, select, update

from app.actions import outbox, outbox_queue
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.message import Message, SendAttempt
from app.models.touchpoint import Touchpoint
from messaging.carriers.base import (
    Receipt,
)
from messaging.delivery import MessageStatus
from messaging.lanes import Lane
from tests.actions.claims import SID, claim, settle, start
from tests.actions.drafts import NIGHT, fresh, kinds_of, queue_to
from tests.databases import KIND
from tests.world import World
from workers import outbox as sweep


def test_it_leases_a_due_text_for_a_minute_under_a_new_epoch(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    fresh(message)
    assert (message.status, message.claim_epoch, claimed.epoch) == (MessageStatus.SENDING, 1, 1)
    assert message.lease_until == clock.now + timedelta(seconds=60)
    assert claimed.outgoing.recipient == world.phone(world.sam)
    assert claimed.outgoing.body == message.body
    assert db.session.scalar(select(func.count()).select_from(SendAttempt)) == 0


def test_it_claims_once(world: World, clock) -> None:
    queue_to(world.sam, clock.now)
    assert len(claim(world, clock.now)) == 1
    assert claim(world, clock.now) == []


def test_it_leaves_alone_what_is_not_due(world: World, clock) -> None:
    queue_to(world.sam, clock.now, send_after=clock.now + timedelta(minutes=1))
    assert claim(world, clock.now) == []
    assert len(claim(world, clock.advance(minutes=1))) == 1


def test_it_claims_for_one_practice_at_a_time_and_names_all_that_wait(world: World, clock) -> None:
    queue_to(world.sam, clock.now)
    queue_to(world.zoe, clock.now)
    both = {world.practice.id, world.other_practice.id}
    assert set(outbox.due_practices(at=clock.now)) == both
    (claimed,) = claim(world, clock.now)
    assert claimed.practice_id == world.practice.id


def test_it_empties_the_urgent_lane_first_and_lists_last(world: World, clock) -> None:
    listed = queue_to(world.sam, clock.now, lane=Lane.LIST)
    ladder = queue_to(world.rosa, clock.advance(seconds=1))
    reply = queue_to(world.kim, clock.advance(seconds=1), purpose="staff_reply")
    order = [claim(world, clock.now, limit=1)[0].message_id for _ in range(3)]
    assert order == [reply.id, ladder.id, listed.id]


def test_it_takes_peoples_replies_before_automated_texts(world: World, clock) -> None:
    queue_to(world.sam, clock.now)
    reply = queue_to(world.rosa, clock.advance(seconds=1), is_automated=False)
    assert [c.message_id for c in claim(world, clock.now, limit=1)] == [reply.id]


def test_it_sends_one_text_at_a_time_to_a_number(world: World, clock) -> None:
    first = queue_to(world.sam, clock.now, send_key="1", is_automated=False)
    queue_to(world.sam, clock.now, send_key="2", is_automated=False)
    (claimed,) = claim(world, clock.now)
    assert claimed.message_id == first.id
    assert claim(world, clock.now) == []
    assert start(claimed, clock.now)
    settle(claimed, Receipt(SID, MessageStatus.SENT, 1), clock.now)
    assert len(claim(world, clock.now)) == 1


def test_it_keeps_people_who_share_a_phone_in_order_too(world: World, clock) -> None:
    queue_to(world.kim, clock.now)
    queue_to(world.lee, clock.now)
    assert world.phone(world.kim) == world.phone(world.lee)
    assert len(claim(world, clock.now)) == 1


def test_it_asks_the_gate_again_inside_the_claim(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    with transaction():
        db.session.merge(world.number(world.sam)).opted_out_at = clock.now
    assert claim(world, clock.now) == []
    assert fresh(message).withheld_reason == "opted_out"
    assert kinds_of(message) == ["message.queued", "message.withheld"]


def test_it_lets_a_text_wait_when_night_fell_meanwhile_and_says_so_once(
    world: World, clock
) -> None:
    message = queue_to(world.sam, clock.now)
    clock.set(NIGHT)
    assert claim(world, clock.now) == []
    assert fresh(message).status is MessageStatus.QUEUED
    assert message.due_at > NIGHT
    with transaction():
        db.session.execute(update(Message).values(due_at=NIGHT))
    assert claim(world, clock.now) == []
    assert kinds_of(message) == ["message.queued", "message.held_back"]


def test_it_expires_a_text_whose_use_is_over(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now, not_after=clock.now + timedelta(hours=1))
    assert claim(world, clock.advance(hours=2)) == []
    assert fresh(message).status is MessageStatus.EXPIRED
    thread = db.session.get_one(Conversation, (message.practice_id, message.conversation_id))
    assert thread.waiting_since == clock.now


def test_it_tells_the_carrier_how_long_a_text_is_of_use(world: World, clock) -> None:
    queue_to(world.sam, clock.now, not_after=clock.now + timedelta(minutes=30))
    queue_to(world.rosa, clock.now, not_after=clock.now + timedelta(days=3))
    assert sorted(c.outgoing.validity_seconds or 0 for c in claim(world, clock.now)) == [
        1800,
        36000,
    ]


def test_it_delivers_a_planned_portal_message_without_a_carrier(world: World, clock) -> None:
    later = clock.now + timedelta(hours=1)
    message = queue_to(world.sam, clock.now, channel="portal", send_after=later)
    clock.set(later)
    assert claim(world, later) == []
    assert fresh(message).status is MessageStatus.DELIVERED
    assert db.session.scalar(select(func.count()).select_from(Touchpoint)) == 1


def test_it_moves_a_broken_row_aside_and_goes_on_with_the_rest(world: World, clock) -> None:
    broken = queue_to(world.sam, clock.now)
    queue_to(world.rosa, clock.now)
    with transaction():
        table = Message.__table__
        db.session.execute(
            update(table)
            .where(table.c.id == broken.id)
            .values(body=literal(b"not a token", LargeBinary))
        )
    assert len(claim(world, clock.now)) == 1
    status = select(Message.status).where(Message.id == broken.id)
    assert db.session.scalar(status) is MessageStatus.FAILED
    assert kinds_of(broken) == ["message.queued", "message.failed"]
    assert claim(world, clock.now) == []


def test_it_blames_no_text_for_hours_of_the_practice_it_cannot_read(
    world: World, clock, app: Flask
) -> None:
    message, theirs = queue_to(world.sam, clock.now), queue_to(world.zoe, clock.now)
    with transaction():
        db.session.merge(world.practice).hours = {"0": [["morning", "evening"]]}
    assert sweep.deliver_due() == 1
    assert fresh(message).status is MessageStatus.QUEUED
    assert fresh(theirs).status is MessageStatus.DELIVERED


def test_it_queues_again_what_was_claimed_but_never_tried(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    claim(world, clock.now)
    with transaction():
        assert outbox_queue.release_lapsed(at=clock.advance(seconds=59)) == 0
    with transaction():
        assert outbox_queue.release_lapsed(at=clock.advance(seconds=2)) == 1
    assert (fresh(message).status, message.due_at) == (MessageStatus.QUEUED, clock.now)


def test_it_doubts_what_was_tried_by_a_process_that_is_gone(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    assert start(claimed, clock.now)
    with transaction():
        assert outbox_queue.release_lapsed(at=clock.advance(seconds=61)) == 1
    assert fresh(message).status is MessageStatus.IN_DOUBT
    with transaction():
        assert outbox_queue.release_lapsed(at=clock.now) == 0


@pytest.mark.skipif(KIND != "sqlite", reason="PostgreSQL reads small tables whole")
def test_it_finds_work_by_partial_indexes(world: World, clock) -> None:
    asked: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    outbox.due_practices(at=clock.now)
    claim(world, clock.now)
    with transaction():
        outbox_queue.release_lapsed(at=clock.now)
    event.remove(db.engine, "before_cursor_execute", note)
    plans = "".join(
        str(db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given).all())
        for words, given in asked
        if words.startswith("SELECT") and "FROM message" in words
    )
    assert plans.count("ix_message_due") == 2
    assert "uq_message_in_flight" in plans
    assert "ix_message_leased" in plans
    assert "SCAN message" not in plans
