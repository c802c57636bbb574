"""The list of texts that did not arrive: what is in it, what leaves it, who sees it, what it costs."""

from typing import Any

import pytest
from sqlalchemy import event

from app.actions import tasks, undelivered
from app.core.db import db, transaction
from app.models.message import Message
from app.models.task import Task, TaskStatus, TaskType
from app.models.user import User
from app.queries.undelivered import lost, lost_by_practice, lost_texts
from messaging.delivery import MessageStatus
from tests.actions.drafts import queue_to
from tests.actions.lost import doubt, lose
from tests.statements import reads
from tests.world import World, look_again


def listed(world: World, clock, user: User | None = None) -> list[Message]:
    look_again()
    found = lost_texts(world.viewer(user or world.ana), at=clock.now)
    assert found.count == len(found.entries)
    return [entry.message for entry in found.entries]


def test_it_lists_what_failed_or_came_too_late_longest_first(world: World, clock) -> None:
    first = lose(world, world.sam, clock.now)
    clock.advance(minutes=1)
    late = queue_to(world.rosa, clock.now)
    with transaction():
        db.session.merge(late).move(MessageStatus.EXPIRED, at=clock.now)
    queue_to(world.kim, clock.now)
    assert listed(world, clock) == [first, late]


def test_a_doubt_is_listed_when_asking_the_carrier_is_over(world: World, clock) -> None:
    doubtful = doubt(world, world.sam, clock.now)
    clock.advance(minutes=14)
    assert listed(world, clock) == []
    clock.advance(minutes=1)
    assert listed(world, clock) == [doubtful]
    (entry,) = lost_texts(world.viewer(world.ana), at=clock.now).entries
    assert entry.is_unsure


def test_a_refusal_is_sure_and_a_doubt_that_ended_is_not(world: World, clock) -> None:
    lose(world, world.rosa, clock.now)
    ended = doubt(world, world.sam, clock.now)
    with transaction():
        db.session.merge(ended).move(MessageStatus.FAILED, at=clock.now)
    found = lost_texts(world.viewer(world.ana), at=clock.now).entries
    assert {entry.message.patient_id: entry.is_unsure for entry in found} == {
        world.rosa.id: False,
        world.sam.id: True,
    }


def test_it_leaves_the_list_when_dealt_with_and_comes_back(world: World, clock) -> None:
    message = lose(world, world.sam, clock.now)
    by = world.viewer(world.ana).actor
    with transaction():
        undelivered.deal_with(db.session.merge(message), by=by, at=clock.now)
    assert listed(world, clock) == []
    with transaction():
        undelivered.take_back(db.session.merge(message), by=by, at=clock.now)
    assert listed(world, clock) == [message]


def test_a_new_try_replaces_it_unless_it_is_taken_back(world: World, clock) -> None:
    message = lose(world, world.sam, clock.now)
    with transaction():
        again = undelivered.try_again(
            db.session.merge(message), by=world.viewer(world.ana), at=clock.now
        )
    assert listed(world, clock) == []
    with transaction():
        db.session.merge(again).move(MessageStatus.CANCELLED, at=clock.now)
    assert listed(world, clock) == [message]


def test_a_new_try_that_is_lost_too_stands_for_both(world: World, clock) -> None:
    message = lose(world, world.sam, clock.now)
    with transaction():
        again = undelivered.try_again(
            db.session.merge(message), by=world.viewer(world.ana), at=clock.now
        )
        again.move(MessageStatus.FAILED, at=clock.now)
    assert listed(world, clock) == [again]


def test_it_leaves_the_list_with_its_task(world: World, clock) -> None:
    with transaction():
        task = tasks.create(
            db.session.merge(world.sam), TaskType.MEDICATION_RECEIVED, by=world.system.actor,
            at=clock.now, ask_first=False,
        )  # fmt: skip
    message = lose(world, world.sam, clock.now, task_id=task.id)
    assert listed(world, clock) == [message]
    with transaction():
        row = db.session.get_one(Task, (world.practice.id, task.id))
        row.close(TaskStatus.CANCELLED, outcome="not_needed", at=clock.now)
    assert listed(world, clock) == []


def test_nobody_misses_an_answer_to_stop_or_a_link(world: World, clock) -> None:
    for number, purpose in enumerate(("service", "sign_in")):
        lose(world, world.sam, clock.now, purpose=purpose, send_key=str(number), solicited=True)
    assert listed(world, clock) == []


def test_it_shows_each_person_their_own_patients(world: World, clock) -> None:
    message = lose(world, world.rosa, clock.now)
    assert listed(world, clock, world.lea) == [message]
    assert world.ben.is_active
    assert listed(world, clock, world.ben) == []
    assert listed(world, clock, world.cara) == []
    assert lost(world.viewer(world.ben), at=clock.now).count == 0


def test_it_tells_operators_per_practice(world: World, clock) -> None:
    since = clock.now
    lose(world, world.sam, since)
    lose(world, world.rosa, clock.advance(minutes=2))
    ((practice, found),) = lost_by_practice(at=clock.now)
    assert (practice.id, found.count, found.since) == (world.practice.id, 2, since)


def test_it_asks_as_much_for_many_as_for_one(world: World, clock) -> None:
    viewer = world.viewer(world.lea)
    lose(world, world.sam, clock.now)
    look_again()
    with reads() as one:
        lost_texts(viewer, at=clock.now)
    for number in range(8):
        clock.advance(minutes=1)
        lose(world, (world.sam, world.rosa)[number % 2], clock.now, send_key=str(number))
    look_again()
    with reads() as many:
        assert lost_texts(viewer, at=clock.now).count == 9
    assert len(many) == len(one) <= 6


def test_it_reads_the_list_through_its_own_index(world: World, clock) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by size, and this table is small")
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    viewer = world.viewer(world.lea)
    look_again()
    event.listen(db.engine, "before_cursor_execute", note)
    lost(viewer, at=clock.now)
    event.remove(db.engine, "before_cursor_execute", note)
    statement, values = asked[-1]
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    assert "ix_message_undelivered" in str(plan.fetchall())
