"""Marking overdue inside the database: what is written is what one by one would write, and whatever asks for
more than that is left to one by one."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, update

from app.actions import ladder, overdue_at_once
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models import topic_in_bulk
from app.models.event import Event
from app.models.message import Message
from app.models.task import Needs, Task
from app.models.topic import CHANGES, Change, Topic
from app.models.user import Role
from tests.conftest import Clock
from tests.leave import Leave, anas, begin, dora, fresh, leave  # noqa: F401 - fixtures
from tests.task_records import Create, facts, kinds, maker
from tests.world import World, look_again
from workers import deadlines

NEEDS = (None, Needs.CALL, Needs.REVIEW_REPLY, Needs.LEAD_DECISION)


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def be_quiet(*tasks: Task, **values: Any) -> None:
    """All of them were asked, their texts have arrived, and no rung comes any more."""
    ids = [task.id for task in tasks]
    with transaction():
        db.session.execute(
            update(Task)
            .where(Task.id.in_(ids))
            .values(
                status="in_progress",
                step=1,
                asked_at=Task.created_at,
                next_step_at=None,
                waits_for=None,
                **values,
            )
        )
        db.session.execute(update(Message).values(status="delivered"))
    look_again()


def mark(most: int = 100) -> tuple[int, int]:
    with transaction():
        found = overdue_at_once.mark(at=db_now(), most=most)
    look_again()
    return found


def written(task: Task) -> tuple[dict[str, Any], list[Any]]:
    """Its row, and its last two events, as far as two tasks can share them."""
    names = [each.key for each in inspect(Task).column_attrs if each.key != "id"]
    events = select(Event.kind, Event.at, Event.actor_kind, Event.actor_id, Event.subject_type,
                    Event.practice_id, Event.patient_id, Event.facts)  # fmt: skip
    told = db.session.execute(events.where(Event.subject_id == task.id).order_by(Event.id))
    return {name: getattr(fresh(task), name) for name in names}, [tuple(row) for row in told][-2:]


def test_it_writes_what_one_by_one_would(create: Create, world: World, clock: Clock) -> None:
    people = (world.sam, world.rosa, world.zoe)  # Zoe is another practice's
    pairs = [(create(each), create(each)) for each in people for _ in NEEDS]
    be_quiet(*(task for pair in pairs for task in pair))
    with transaction():
        for n, pair in enumerate(pairs):
            for task in (db.session.merge(each) for each in pair):
                task.need(NEEDS[n % 4], at=clock.now - timedelta(hours=1))
                task.care_team_id = None if n == 5 else task.care_team_id
    clock.set(max(pair[0].due_at for pair in pairs))
    with transaction():
        for one, _ in pairs:
            ladder.mark_overdue(fresh_in(one), at=clock.now)
    assert mark() == (len(pairs), len(pairs))
    for one, other in pairs:
        assert written(other) == written(one)
        assert kinds(other)[-2:] == ["task.overdue", "task.escalated"]


def fresh_in(task: Task) -> Task:
    return db.session.get_one(Task, (task.practice_id, task.id), populate_existing=True)


def test_it_moves_each_topic_by_one_a_sweep_and_each_change_by_one(
    app: Any, create: Create, world: World, clock: Clock
) -> None:
    made = [create(each) for each in (world.sam, world.rosa, world.sam, world.zoe)]
    be_quiet(*made)
    clock.set(max(task.due_at for task in made))
    before = seqs()
    heard: list[Any] = []
    kept = app.extensions.get("touchline.publish")
    app.extensions["touchline.publish"] = heard.append
    try:
        assert (mark(most=3), mark()) == ((3, 3), (1, 1))
    finally:
        app.extensions["touchline.publish"] = kept
    last = seqs()
    moves = {key: seq - before.get(key, 0) for key, seq in last.items() if seq > before.get(key, 0)}
    assert moves.pop((world.practice.id, CHANGES)) == 3
    assert moves.pop((world.zoe.practice_id, CHANGES)) == 1
    assert moves == Counter((poke.practice_id, poke.topic) for poke in heard)
    assert moves[world.practice.id, f"patient:{world.rosa.id}"] == 1
    newest = select(func.max(Change.seq)).where(Change.kind == "task")
    here = db.session.scalar(newest.where(Change.practice_id == world.practice.id))
    assert here == last[world.practice.id, CHANGES]
    assert {(poke.practice_id, poke.topic) for poke in heard} >= {
        (task.practice_id, topic) for task in made for topic in ("board", f"patient:{task.patient_id}")
    }  # fmt: skip
    assert all(poke.seq <= last[poke.practice_id, poke.topic] for poke in heard)


def seqs() -> dict[Any, int]:
    return {(row.practice_id, row.topic): row.seq for row in db.session.scalars(
        select(Topic).execution_options(populate_existing=True)
    )}  # fmt: skip


def test_it_leaves_to_one_by_one_what_asks_for_more(
    create: Create, world: World, clock: Clock
) -> None:
    texted, missed, waited_for, waits, plain = (create(world.sam) for _ in range(5))
    be_quiet(texted, waited_for, waits, plain)
    with transaction():
        db.session.execute(
            update(Message).where(Message.task_id == texted.id).values(status="queued")
        )
        db.session.execute(update(Task).where(Task.id == missed.id).values(
            next_step_at=missed.due_at - timedelta(hours=1)))  # fmt: skip
        db.session.execute(update(Task).where(Task.id == waits.id).values(
            waits_for=waited_for.id, next_step_at=waits.due_at + timedelta(days=1)))  # fmt: skip
    clock.set(plain.due_at)
    assert db.session.scalar(select(func.count()).where(Message.task_id == texted.id))
    assert mark()[1] == 2
    assert [fresh(task).overdue_since is None for task in (texted, missed, waited_for)] == [
        True
    ] * 3
    assert deadlines.run() == 3
    assert "task.step_skipped" in kinds(missed)
    assert facts(texted, "task.overdue") == [{"due_on": texted.due_on.isoformat()}]


def test_it_leaves_the_leaders_leave_to_one_by_one(
    world: World, clock: Clock, dora: Any, leave: Leave  # noqa: F811
) -> None:  # fmt: skip
    with transaction():
        lead = db.session.merge(world.ana)
        lead.role = Role.LEAD
        db.session.merge(world.team).leader_id = lead.id
    leave()
    begin(clock)
    task = anas(world, clock)
    be_quiet(task, due_at=clock.now)
    assert mark() == (1, 0)
    assert deadlines.run() == 1
    assert facts(task, "task.escalated")[0]["cover_id"] == str(dora.id)


def test_it_goes_one_by_one_when_a_batch_breaks(
    create: Create, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = create()
    be_quiet(task)
    clock.set(task.due_at)

    def breaks(*_: Any) -> None:
        raise RuntimeError("the numbers")

    monkeypatch.setattr(topic_in_bulk, "number", breaks)
    assert (deadlines.run(), deadlines.run()) == (1, 0)
    assert kinds(task)[-2:] == ["task.overdue", "task.escalated"]
