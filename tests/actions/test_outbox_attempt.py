"""The last moment before a request leaves: the attempt is on record, and what forbids it by now is heard."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, func, select, text

from app.actions import outbox, outbox_attempt, outbox_queue
from app.core.db import db, transaction
from app.models.message import SendAttempt
from messaging.delivery import MessageStatus
from tests.actions.claims import claim, start, stop
from tests.actions.drafts import fresh, queue_to
from tests.databases import KIND
from tests.world import World


def test_it_notes_the_attempt_before_the_request_leaves(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    assert start(claimed, clock.now)
    attempt = db.session.scalars(select(SendAttempt)).one()
    assert (attempt.message_id, attempt.epoch, attempt.outcome) == (message.id, 1, None)
    assert fresh(message).attempts == 1


def test_it_starts_nothing_after_a_stop_between_claim_and_request(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    stop(world, world.sam, clock.now)
    assert not start(claimed, clock.now)
    assert fresh(message).withheld_reason == "opted_out"
    assert db.session.scalar(select(func.count()).select_from(SendAttempt)) == 0


def test_it_starts_nothing_with_too_little_lease_left(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    assert not start(claimed, clock.advance(seconds=45))
    assert fresh(message).status is MessageStatus.QUEUED
    assert len(claim(world, clock.now)) == 1


def test_it_starts_nothing_for_an_older_claim(world: World, clock) -> None:
    queue_to(world.sam, clock.now)
    (old,) = claim(world, clock.now)
    with transaction():
        outbox_queue.release_lapsed(at=clock.advance(seconds=61))
    (new,) = claim(world, clock.now)
    assert (old.epoch, new.epoch) == (1, 2)
    assert not start(old, clock.now)
    assert start(new, clock.now)


def test_it_starts_nothing_whose_use_ended_since_the_claim(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now, not_after=clock.now + timedelta(seconds=5))
    (claimed,) = claim(world, clock.now)
    assert not start(claimed, clock.advance(seconds=10))
    assert fresh(message).status is MessageStatus.EXPIRED
    assert db.session.scalar(select(func.count()).select_from(SendAttempt)) == 0


def test_what_may_leave_at_once_has_its_attempt_with_the_claim(world: World, clock) -> None:
    """As many as senders are free; one that waits for its moment, or for its number, is left to that."""
    people = (world.sam, world.rosa, world.kim, world.tom)
    messages = [queue_to(each, clock.now) for each in people]
    with transaction():
        claims, _ = outbox.claim_due(world.practice.id, at=clock.now, limit=20)
        assert all(each.holds_number for each in claims)
        asked = [replace(each, wait_seconds=0.0) for each in claims]
        asked[0] = replace(asked[0], wait_seconds=1.0)
        asked[1] = replace(asked[1], holds_number=False)
        assert outbox_attempt.start_claimed(asked, at=clock.now, limit=0) == []
        going = outbox_attempt.start_claimed(asked, at=clock.now, limit=1)
    assert going == [asked[2]]
    attempt = db.session.scalars(select(SendAttempt)).one()
    assert (attempt.message_id, attempt.epoch) == (going[0].message_id, going[0].epoch)
    tried = [each.id for each in messages if fresh(each).attempts == 1]
    assert tried == [going[0].message_id]


@pytest.mark.skipif(KIND == "sqlite", reason="SQLite has one writer")
def test_a_claim_does_not_wait_for_a_stop_that_is_being_written(world: World, clock) -> None:
    queue_to(world.sam, clock.now)
    number = world.number(world.sam).id
    other = create_engine(db.engine.url)
    with other.connect() as connection:
        lock = text("SELECT id FROM phone_number WHERE id = :id FOR NO KEY UPDATE")
        assert connection.execute(lock, {"id": number}).all()
        (claimed,) = claim(world, clock.now)
    other.dispose()
    assert not claimed.holds_number
