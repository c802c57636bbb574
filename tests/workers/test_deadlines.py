"""The deadline sweep: steps what is due, once, leaves the rest alone, and survives a broken task."""

from datetime import timedelta

from sqlalchemy import func, select, update

from app.actions import tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.protocol import Protocol
from app.models.task import Needs, Task, TaskType
from tests.statements import reads
from tests.world import World
from workers import deadlines


def create(world: World, patient, at) -> Task:
    with transaction():
        return tasks.create(
            db.session.merge(patient), TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=at
        )


def events(kind: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Event.kind == kind)) or 0


def fresh(task: Task) -> Task:
    db.session.rollback()
    db.session.refresh(task)
    return task


def test_it_steps_the_ladders_that_are_due_and_only_once(world: World, clock) -> None:
    task = create(world, world.sam, clock.now)
    assert task.next_step_at is not None
    before = db.session.scalar(select(func.count()).select_from(Message)) or 0
    clock.set(max(task.next_step_at, clock.now) + timedelta(seconds=1))
    with transaction():  # what was asked has arrived, so the reminder may follow
        db.session.execute(update(Message).values(status="delivered"))
    step = fresh(task).step
    assert deadlines.run() == 1
    assert fresh(task).step == step + 1
    assert deadlines.run() == 0
    assert fresh(task).step == step + 1
    assert (db.session.scalar(select(func.count()).select_from(Message)) or 0) <= before + 1


def test_it_leaves_alone_what_is_not_due(world: World, clock) -> None:
    task = create(world, world.sam, clock.now)
    assert task.next_step_at is not None
    clock.set(task.next_step_at - timedelta(seconds=1))
    assert deadlines.run() == 0


def test_it_marks_a_task_overdue_once_its_day_is_over(world: World, clock) -> None:
    task = create(world, world.sam, clock.now)
    clock.set(task.due_at - timedelta(seconds=1))
    deadlines.run()
    assert fresh(task).overdue_since is None
    clock.set(task.due_at)
    deadlines.run()
    deadlines.run()
    assert fresh(task).overdue_since == task.due_at
    assert events("task.overdue") == 1
    assert events("task.escalated") == 1


def test_it_does_what_was_missed_while_it_was_down_once(world: World, clock) -> None:
    task = create(world, world.sam, clock.now)
    clock.set(task.due_at + timedelta(days=30))
    deadlines.run()
    deadlines.run()
    assert events("task.overdue") == 1
    assert fresh(task).next_step_at is None


def test_it_sets_a_broken_task_aside_and_goes_on_with_the_rest(world: World, clock) -> None:
    broken, whole = create(world, world.sam, clock.now), create(world, world.rosa, clock.now)
    with transaction() as session:
        unreadable = Protocol(
            practice_id=world.practice.id, task_type=TaskType.MEDICATION_RECEIVED, version=99,
            definition={"steps": "none"}, is_current=False, created_at=clock.now,
        )  # fmt: skip
        session.add(unreadable)
        session.flush()
        session.execute(update(Task).where(Task.id == broken.id).values(protocol_id=unreadable.id))
        session.execute(update(Message).values(status="delivered"))
    clock.set(fresh(whole).next_step_at + timedelta(seconds=1))
    step = whole.step
    deadlines.run()
    assert fresh(whole).step == step + 1
    assert (fresh(broken).stuck_reason, broken.next_step_at) == ("a step failed", None)
    assert broken.needs is Needs.LEAD_DECISION
    assert events("task.set_aside") == 1
    assert deadlines.run() == 0


def test_it_asks_for_many_calls_in_as_many_statements_as_for_two(world: World, clock) -> None:
    def asking(how_many: int) -> int:
        made = [create(world, world.sam, clock.now).id for _ in range(how_many)]
        with transaction() as session:
            session.execute(update(Message).values(status="delivered"))
            session.execute(
                update(Task)
                .where(Task.id.in_(made))
                .values(step=2, next_step_at=clock.now, waits_for=None)
            )
        db.session.expunge_all()  # a worker's session holds nothing when it begins
        with reads() as seen:
            assert deadlines.run() == how_many
        assert set(db.session.scalars(select(Task.needs).where(Task.id.in_(made)))) == {Needs.CALL}
        return len(seen)

    assert asking(2) == asking(8)
