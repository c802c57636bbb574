"""Lost texts: tried again as one new, linked message through the gate; dealt with and taken back; and when
one that nobody looks at is an alarm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import patients, tasks, undelivered
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.models.message import Message
from app.models.practice import Practice
from app.models.task import Needs, Task, TaskType
from messaging.delivery import MessageStatus
from messaging.gate import Purpose
from tests.actions import claims
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.actions.lost import FILTERED, lose
from tests.phones import Phones
from tests.world import World


def again(world: World, message: Message, at: Any) -> Message:
    with transaction():
        return undelivered.try_again(db.session.merge(message), by=world.viewer(world.ana), at=at)


def deal_with(world: World, message: Message, at: Any) -> None:
    with transaction():
        undelivered.deal_with(db.session.merge(message), by=world.viewer(world.ana).actor, at=at)


def messages_to(world: World) -> list[Message]:
    db.session.rollback()
    rows = select(Message).where(Message.patient_id == world.sam.id).order_by(Message.id)
    return list(db.session.scalars(rows))


def test_it_tries_the_same_words_again_as_a_new_linked_message(world: World, clock) -> None:
    lost = lose(world, world.sam, clock.now)
    new = fresh(again(world, lost, clock.advance(minutes=5)))
    assert (new.body, new.retry_of_id, new.author_id) == (lost.body, lost.id, world.ana.id)
    assert new.status is MessageStatus.QUEUED
    assert kinds_of(lost)[-1] == "message.tried_again"


def test_what_they_wrote_since_still_waits(world: World, clock) -> None:
    phones = Phones(world, clock)
    phones.text(world.sam, "Can I come today?")
    clock.advance(minutes=1)
    lost = lose(world, world.sam, clock.now, purpose=Purpose.STAFF_REPLY)
    wrote = clock.advance(hours=3)
    phones.text(world.sam, "I feel worse now")
    again(world, lost, clock.advance(minutes=5))
    assert phones.thread(world.sam).waiting_since == wrote


def test_it_is_one_new_message_however_often_it_is_pressed(world: World, clock) -> None:
    lost = lose(world, world.sam, clock.now)
    first = again(world, lost, clock.advance(minutes=5)).id
    assert again(world, lost, clock.advance(seconds=1)).id == first
    assert len(messages_to(world)) == 2
    assert kinds_of(lost).count("message.tried_again") == 1


def test_a_try_that_was_taken_back_does_not_use_up_the_next(world: World, clock) -> None:
    lost = lose(world, world.sam, clock.now)
    first = again(world, lost, clock.now)
    with transaction():
        db.session.merge(first).move(MessageStatus.CANCELLED, at=clock.now)
    assert again(world, lost, clock.now).id != first.id


def test_it_writes_nothing_when_the_gate_would_not_let_it_leave(world: World, clock) -> None:
    lost = lose(world, world.sam, clock.now)
    claims.stop(world, world.sam, clock.now)
    with pytest.raises(Conflict, match="opted out"):
        again(world, lost, clock.advance(minutes=5))
    assert len(messages_to(world)) == 1


def test_it_does_not_repeat_what_the_carrier_will_never_take(world: World, clock) -> None:
    lost = lose(world, world.sam, clock.now, code=FILTERED)
    with pytest.raises(Conflict, match="Write a new one"):
        again(world, lost, clock.now)


def test_it_goes_to_the_number_the_patient_has_now(world: World, clock) -> None:
    lost = lose(world, world.sam, clock.now)
    with transaction():
        patients.update(
            db.session.merge(world.sam), phone="+15035550142", by=world.system.actor, at=clock.now
        )
    with pytest.raises(Conflict, match="consent"):
        again(world, lost, clock.now)  # the new number asks for its own yes, as the gate says


def test_the_task_needs_no_other_way_while_it_is_tried_again(world: World, clock) -> None:
    with transaction():
        task = tasks.create(
            db.session.merge(world.sam),
            TaskType.MEDICATION_RECEIVED,
            by=world.system.actor,
            at=clock.now,
            ask_first=False,
        )
        task.need(None, at=clock.now)
    lost = lose(world, world.sam, clock.now, task_id=task.id)
    assert db.session.get_one(Task, (world.practice.id, task.id)).needs is Needs.OTHER_CHANNEL
    again(world, lost, clock.now)
    db.session.rollback()
    assert db.session.get_one(Task, (world.practice.id, task.id)).needs is None


def test_it_is_dealt_with_once_and_taken_back(world: World, clock) -> None:
    lost = lose(world, world.sam, clock.now)
    deal_with(world, lost, clock.advance(minutes=1))
    deal_with(world, lost, clock.advance(minutes=1))
    assert kinds_of(lost).count("message.dealt_with") == 1
    assert fresh(lost).dealt_with_at is not None
    with transaction():
        undelivered.take_back(db.session.merge(lost), by=world.system.actor, at=clock.now)
    assert fresh(lost).dealt_with_at is None
    assert kinds_of(lost)[-1] == "message.waits_again"


def test_what_still_waits_to_leave_is_not_dealt_with(world: World, clock) -> None:
    with pytest.raises(Conflict, match="not lost"):
        deal_with(world, queue_to(world.sam, clock.now), clock.now)


OFFICE = {str(day): [["09:00", "17:00"]] for day in range(5)}


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """March 2026 in the practice's zone, before summer time."""
    return datetime(2026, 3, day, hour + 8, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "at", "sounds"),
    [
        (local(3, 10), local(3, 10, 14), False),
        (local(3, 10), local(3, 10, 15), True),
        (local(3, 7), local(3, 9, 14), False),  # lost before they opened
        (local(3, 7), local(3, 9, 15), True),
        (local(3, 15, 50), local(4, 3), True),
        (local(3, 15, 50), local(3, 15, 59), False),
    ],
)
def test_it_counts_open_time_only(
    world: World, since: datetime, at: datetime, *, sounds: bool
) -> None:
    practice = db.session.get_one(Practice, world.practice.id)
    practice.hours = OFFICE
    if at == local(4, 3):  # over night nobody is there to hear it; in the morning it sounds at once
        assert not undelivered.is_alarm(practice, since, at=at)
        at = local(4, 9, 10)
    assert undelivered.is_alarm(practice, since, at=at) is sounds


def test_a_practice_without_hours_is_always_open(world: World, clock) -> None:
    practice = db.session.get_one(Practice, world.practice.id)
    assert practice.hours == {}
    assert not undelivered.is_alarm(practice, clock.now, at=clock.now + timedelta(minutes=14))
    assert undelivered.is_alarm(practice, clock.now, at=clock.now + timedelta(minutes=15))
