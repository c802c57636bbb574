"""The last moment before a request leaves: the attempt is on record, and what forbids it by now is heard."""

from datetime import timedelta

from sqlalchemy import func, select

from app.actions import outbox_queue
from app.core.db import db, transaction
from app.models.message import SendAttempt
from messaging.delivery import MessageStatus
from tests.actions.claims import claim, start, stop
from tests.actions.drafts import fresh, queue_to
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
