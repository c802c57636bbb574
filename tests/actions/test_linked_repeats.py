"""A text that reached no phone is written anew, hours apart and twice at most; then a person sees to it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import delivery, handover
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.message import Message
from app.models.task import Needs, Task, TaskStatus, TaskType
from messaging.carriers.base import StatusReport
from messaging.delivery import MessageStatus
from messaging.lanes import Lane
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.phones import Phones, new_sid
from tests.world import World

UNREACHABLE, OVERFLOWED, UNKNOWN = 30003, 30001, 30008


def fail(message: Message, at, code: int) -> None:
    """The carrier took it over, and reports later that it did not arrive."""
    with transaction():
        taken = db.session.merge(message)
        handover.handed_over(taken, at=at, provider_id=new_sid())
        report = StatusReport(str(taken.provider_id), "", None, None, MessageStatus.FAILED, code)
        delivery.apply_report(taken, report, at=at)


def repeats_of(message: Message) -> list[Message]:
    db.session.rollback()
    rows = select(Message).where(Message.send_key.startswith(f"{message.send_key}#"))
    return list(db.session.scalars(rows.order_by(Message.created_at, Message.send_key)))


def test_it_writes_it_anew_twice_hours_apart_and_then_calls_a_person(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    fail(message, clock.now, UNREACHABLE)
    (second,) = repeats_of(message)
    assert (second.status, second.body) == (MessageStatus.QUEUED, message.body)
    assert second.due_at == clock.now + timedelta(hours=3)
    assert "message.written_again" in kinds_of(message)
    assert second.retry_of_id == message.id
    fail(second, clock.advance(hours=3), UNREACHABLE)
    _, third = repeats_of(message)
    assert third.send_after == clock.now + timedelta(hours=6)
    thread = db.session.get_one(Conversation, (message.practice_id, message.conversation_id))
    assert thread.waiting_since is None
    fail(third, clock.advance(hours=6), UNREACHABLE)
    assert len(repeats_of(message)) == 2
    db.session.refresh(thread)
    assert thread.waiting_since == clock.now


def test_it_hears_the_same_report_twice_and_writes_once(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    fail(message, clock.now, UNREACHABLE)
    with transaction():
        taken = db.session.merge(message)
        report = StatusReport(
            str(taken.provider_id), "", None, None, MessageStatus.FAILED, UNREACHABLE
        )
        delivery.apply_report(taken, report, at=clock.now)
    assert len(repeats_of(message)) == 1


def test_it_writes_once_what_fell_out_of_a_full_queue(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    fail(message, clock.now, OVERFLOWED)
    (again,) = repeats_of(message)
    fail(again, clock.advance(hours=4), OVERFLOWED)
    assert len(repeats_of(message)) == 1


@pytest.mark.parametrize(
    ("code", "more"),
    [
        (UNKNOWN, {}),  # it may have arrived
        (UNREACHABLE, {"is_automated": False, "purpose": "staff_reply"}),  # a person wrote it
        (UNREACHABLE, {"not_after": timedelta(hours=2)}),  # of no use by then
        (UNREACHABLE, {"lane": Lane.LIST}),  # its list says who did not get it
    ],
)
def test_it_leaves_to_a_person_what_is_not_to_be_repeated(
    world: World, clock, code: int, more: dict[str, object]
) -> None:
    if "not_after" in more:
        more = {"not_after": clock.now + more["not_after"]}
    message = queue_to(world.sam, clock.now, **more)
    fail(message, clock.now, code)
    assert repeats_of(message) == []
    thread = db.session.get_one(Conversation, (message.practice_id, message.conversation_id))
    assert thread.waiting_since == clock.now


def test_it_asks_the_gate_as_for_any_text(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    with transaction():
        world.number(world.sam).opted_out_at = clock.now
    fail(message, clock.now, UNREACHABLE)
    assert [each.withheld_reason for each in repeats_of(message)] == ["opted_out"]


@pytest.fixture
def asked(phones: Phones, world: World) -> Message:
    """A question of a task, just asked."""
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    message = db.session.scalars(select(Message)).one()
    with transaction():
        db.session.add(message)
        message.status, message.delivered_at = MessageStatus.SENT, None
    return message


def task_of(message: Message) -> Task:
    db.session.rollback()
    return db.session.scalars(select(Task).where(Task.id == message.task_id)).one()


def test_a_ladder_waits_for_the_repeat_and_goes_on_when_that_fails_too(
    phones: Phones, asked: Message
) -> None:
    planned = task_of(asked).next_step_at
    fail(asked, phones.clock.now, UNREACHABLE)
    (again,) = repeats_of(asked)
    assert (again.asked, again.task_id) == (asked.asked, asked.task_id)
    assert (task_of(asked).next_step_at, task_of(asked).needs) == (planned, None)
    fail(again, phones.clock.now, UNKNOWN)
    assert task_of(asked).next_step_at == phones.clock.now
    assert task_of(asked).needs in (Needs.OTHER_CHANNEL, Needs.CALL)


def test_an_answer_to_the_repeat_closes_the_task(
    phones: Phones, world: World, asked: Message
) -> None:
    fail(asked, phones.clock.now, UNREACHABLE)
    (again,) = repeats_of(asked)
    with transaction():
        handover.handed_over(db.session.merge(again), at=phones.clock.now, provider_id=new_sid())
    phones.text(world.sam, "1")
    assert not task_of(asked).is_open
    assert fresh(again).answered_at is not None


def test_nothing_is_written_for_a_task_that_closed(phones: Phones, asked: Message) -> None:
    with transaction():
        task_of(asked).status = TaskStatus.CANCELLED
    fail(asked, phones.clock.now, UNREACHABLE)
    assert repeats_of(asked) == []
