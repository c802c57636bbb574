"""What happens to an open task on its way: owner, hold, another day, asked anew."""

from datetime import date

import pytest

from app.actions import tasks
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.models.event import SYSTEM, Actor
from app.models.task import Needs, TaskStatus
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.task_records import Create, kinds, maker, texts
from tests.world import World


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def by(world: World) -> Actor:
    return Actor("user", world.ana.id)


def test_it_stands_still_on_hold_and_goes_on_when_resumed(create: Create, clock: Clock) -> None:
    task = create()
    with transaction():
        tasks.hold(task, reason="in hospital", by=SYSTEM, at=clock.now)
    assert (task.status, task.next_step_at) == (TaskStatus.ON_HOLD, None)
    assert [text.status for text in texts(task)] == [MessageStatus.CANCELLED]
    clock.advance(days=2)
    with transaction():
        tasks.resume(task, by=SYSTEM, at=clock.now)
    assert [text.send_key for text in texts(task)][-1] == f"task:{task.id}:remind:0"
    with pytest.raises(Conflict), transaction():
        tasks.resume(task, by=SYSTEM, at=clock.now)


def test_it_lifts_overdue_when_its_day_is_moved(create: Create, clock: Clock) -> None:
    task = create()
    clock.set(task.due_at)
    with transaction():
        task.overdue_since, task.escalated_at, task.needs = (
            clock.now,
            clock.now,
            Needs.LEAD_DECISION,
        )
        task.next_step_at = None
        tasks.reschedule(task, date(2026, 3, 12), by=SYSTEM, at=clock.now)
    assert (task.overdue_since, task.escalated_at, task.needs) == (None, None, Needs.CALL)
    with pytest.raises(Invalid), transaction():
        tasks.reschedule(task, date(2026, 3, 1), by=SYSTEM, at=clock.now)


def test_it_asks_anew_under_a_new_key(create: Create, clock: Clock) -> None:
    task = create()
    with transaction():
        tasks.restart(task, by=SYSTEM, at=clock.now)
    first, second = texts(task)
    assert (first.status, second.status) == (MessageStatus.CANCELLED, MessageStatus.QUEUED)
    assert second.send_key == f"task:{task.id}:ask:1"


def test_it_records_who_has_the_task(create: Create, world: World, clock: Clock) -> None:
    task = create(ask_first=False)
    with transaction():
        tasks.assign(task, world.ana, by=by(world), at=clock.now)
        tasks.assign(task, world.ana, by=by(world), at=clock.now)
    assert (task.owner_id, task.status) == (world.ana.id, TaskStatus.ACCEPTED)
    assert kinds(task).count("task.assigned") == 1
