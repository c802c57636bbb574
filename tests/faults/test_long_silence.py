"""Time that does strange things: a worker away for days, the two nights on which the clock jumps, a ladder
whose protocol is broken."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.actions import tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.task import Needs, Task, TaskType
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.conftest import Clock
from tests.faults.figures import Figure, size
from tests.phones import Phones
from tests.world import World, look_again
from workers import deadlines, outbox

HERE = ZoneInfo("America/Los_Angeles")
TASKS = size(40, 1000)


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


def work() -> None:
    db.session.rollback()
    deadlines.run()
    outbox.deliver_due()
    db.session.rollback()


def kinds(task: Task) -> Counter[str]:
    return Counter(db.session.scalars(select(Event.kind).where(Event.subject_id == task.id)))


def test_it_does_each_missed_step_once_after_three_days_away(
    world: World, clock: Clock, figure: Figure
) -> None:
    """S3"""
    people = (world.sam, world.rosa, world.tom)
    with transaction():
        made = [
            tasks.create(db.session.merge(people[n % 3]), TaskType.MEDICATION_RECEIVED, by=SYSTEM,
                         at=clock.now)
            for n in range(TASKS)
        ]  # fmt: skip
    work()
    db.session.rollback()
    before = {task.id: kinds(task) for task in made}
    clock.advance(days=3)
    for _ in range(4):
        work()
        clock.advance(seconds=5)
    steps: Counter[str] = Counter()
    silent = doubled = 0
    for task in made:
        look_again()
        now = kinds(task) - before[task.id]
        done = now["task.asked"] + now["task.reminded"] + now["task.call_due"]
        missed = now["task.step_skipped"]
        row = db.session.scalars(select(Task).where(Task.id == task.id)).one()
        silent += done + missed == 0 and row.next_step_at is None
        doubled += sum(max(now[kind] - 1, 0) for kind in ("task.overdue", "task.escalated"))
        steps["done"] += done
        steps["missed"] += missed
    keys = list(db.session.scalars(select(Message.send_key)))
    doubled += len(keys) - len(set(keys))
    figure("S3 three days down", n=TASKS, done=steps["done"], recorded_as_missed=steps["missed"],
           silent=silent, doubled=doubled)  # fmt: skip
    assert (silent, doubled) == (0, 0)


def test_it_asks_nobody_for_a_day_that_ended_while_it_was_away(world: World, clock: Clock) -> None:
    with transaction():
        task = tasks.create(
            db.session.merge(world.sam), TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now
        )
    work()
    look_again()
    task = db.session.scalars(select(Task).where(Task.id == task.id)).one()
    assert task.next_step_at is not None
    texts = len(list(db.session.scalars(select(Message.id))))
    clock.set(task.due_at + timedelta(days=3))
    work()
    look_again()
    now = kinds(task)
    assert now["task.overdue"] == now["task.escalated"] == now["task.step_skipped"] == 1
    assert len(list(db.session.scalars(select(Message.id)))) == texts
    assert db.session.scalars(select(Task).where(Task.id == task.id)).one().needs is (
        Needs.LEAD_DECISION
    )


@pytest.mark.parametrize(
    "night",
    [
        datetime(2026, 3, 8, 1, 30, tzinfo=HERE),  # an hour is missing
        datetime(2026, 3, 8, 3, 30, tzinfo=HERE),
        datetime(2026, 11, 1, 1, 30, tzinfo=HERE),  # an hour comes twice
        datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=HERE),
    ],
    ids=["gap", "after the gap", "overlap, first", "overlap, second"],
)
def test_a_text_of_the_night_the_clock_jumps_leaves_once_in_the_morning(
    world: World, clock: Clock, night: datetime
) -> None:
    clock.set(night.astimezone(UTC))
    message = queue_to(world.sam, clock.now)
    while clock.now.astimezone(HERE).hour < 8:
        outbox.deliver_due()
        assert fresh(message).status is MessageStatus.QUEUED, clock.now.astimezone(HERE)
        clock.advance(minutes=15)
    outbox.deliver_due()
    sent = fresh(message)
    assert sent.status is MessageStatus.DELIVERED
    assert sent.attempts == 1
    assert clock.now.astimezone(HERE).strftime("%H:%M") == "08:00"


def test_it_files_nothing_in_a_thread_that_was_just_resolved(
    world: World, phones: Phones, clock: Clock
) -> None:
    """The texts of a new number, then its patient is found: later texts are the patient's own."""
    from app.actions import refiling
    from app.models.conversation import Conversation

    unknown = "+15035550177"
    phones.text(unknown, "did it arrive at yours?")
    (intake,) = phones.intakes()
    with transaction():
        thread = refiling.resolve_intake(
            db.session.get_one(Conversation, (intake.practice_id, intake.id)),
            db.session.merge(world.sam), by=SYSTEM, at=clock.now,
        )  # fmt: skip
    later = phones.text(unknown, "it is me again")
    assert later is not None
    assert later.conversation_id == thread.id
    assert phones.intakes() == []
