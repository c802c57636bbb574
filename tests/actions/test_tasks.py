"""Closing tasks with outcome and evidence, and taking that back."""

import pytest
from sqlalchemy import select

from app.actions import tasks
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.conversation import Note
from app.models.event import SYSTEM, Actor, Event
from app.models.task import Evidence, Needs, TaskClosed, TaskStatus, TaskType
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.task_records import Create, kinds, maker, texts
from tests.world import World

APPOINTMENT = TaskType.APPOINTMENT_KEPT


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def by(world: World) -> Actor:
    return Actor("user", world.ana.id)


def test_it_completes_with_evidence_and_takes_back_the_waiting_text(
    create: Create, world: World, clock: Clock
) -> None:
    task = create()
    with transaction():
        tasks.complete(task, outcome="received", evidence=Evidence.PARTNER_CONFIRMED, by=by(world),
                       at=clock.now, note="Pharmacy says she has it.")  # fmt: skip
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, "received")
    assert (task.evidence, task.was_late) == (Evidence.PARTNER_CONFIRMED, False)
    assert (task.completed_by_id, task.next_step_at, task.needs) == (world.ana.id, None, None)
    assert [text.status for text in texts(task)] == [MessageStatus.CANCELLED]
    assert db.session.scalars(select(Note.body)).all() == ["Pharmacy says she has it."]
    event = db.session.scalars(select(Event).where(Event.kind == "task.completed")).one()
    assert "Pharmacy" not in str(event.facts)


@pytest.mark.parametrize("evidence", [None, Evidence.NOT_VERIFIED])
def test_it_does_not_believe_a_success_nobody_confirmed(
    create: Create, clock: Clock, evidence: Evidence | None
) -> None:
    task = create()
    with pytest.raises(Invalid, match="confirmed"), transaction():
        tasks.complete(task, outcome="received", evidence=evidence, by=SYSTEM, at=clock.now)


def test_it_closes_as_missed_without_a_source(create: Create, clock: Clock) -> None:
    task = create(type=APPOINTMENT)
    with transaction():
        tasks.complete(task, outcome="missed", evidence=None, by=SYSTEM, at=clock.now)
    assert (task.outcome, task.evidence) == ("missed", Evidence.NOT_VERIFIED)


def test_it_refuses_an_outcome_of_another_kind_of_task(create: Create, clock: Clock) -> None:
    task = create()
    with pytest.raises(Invalid), transaction():
        tasks.complete(task, outcome="kept", evidence=Evidence.DOCUMENT, by=SYSTEM, at=clock.now)


def test_it_completes_late_and_says_so(create: Create, clock: Clock) -> None:
    task = create()
    clock.set(task.due_at)
    with transaction():
        tasks.complete(task, outcome="received", evidence=Evidence.STAFF_ATTESTED, by=SYSTEM,
                       at=clock.now)  # fmt: skip
    assert task.was_late


def test_it_does_not_complete_twice(create: Create, clock: Clock) -> None:
    task = create()
    for _ in range(2):
        done = {"outcome": "not_received", "evidence": None, "by": SYSTEM, "at": clock.now}
        if task.is_open:
            with transaction():
                tasks.complete(task, **done)  # type: ignore[arg-type]
            continue
        with pytest.raises(TaskClosed), transaction():
            tasks.complete(task, **done)  # type: ignore[arg-type]
    assert kinds(task).count("task.completed") == 1


def test_it_takes_a_completion_back_to_where_the_card_stood(
    create: Create, world: World, clock: Clock
) -> None:
    task = create(ask_first=False)
    with transaction():
        tasks.complete(task, outcome="not_received", evidence=None, by=by(world), at=clock.now)
    with transaction():
        tasks.take_back(task, by=by(world), at=clock.now)
    assert (task.status, task.needs) == (TaskStatus.IN_PROGRESS, Needs.CALL)
    assert (task.outcome, task.evidence, task.completed_at) == (None, None, None)
    assert kinds(task)[-1] == "task.reopened"


def test_it_climbs_on_after_a_completion_was_taken_back(
    create: Create, world: World, clock: Clock
) -> None:
    task = create()
    before = task.next_step_at
    assert before is not None
    for act in (tasks.cancel, tasks.take_back):
        more = {"reason": "by mistake"} if act is tasks.cancel else {}
        with transaction():
            act(task, by=by(world), at=clock.now, **more)  # type: ignore[operator]
    assert (task.next_step_at, task.needs) == (before, None)


def test_it_does_not_take_back_what_is_open(create: Create, clock: Clock) -> None:
    task = create()
    with pytest.raises(Conflict), transaction():
        tasks.take_back(task, by=SYSTEM, at=clock.now)


def test_it_offers_the_hoped_for_outcome_first(create: Create) -> None:
    offered = tasks.outcomes_of(create())
    assert [outcome.key for outcome in offered] == [
        "received",
        "not_received",
        "not_needed",
        "missed",
    ]
