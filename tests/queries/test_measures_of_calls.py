"""Our own measures over calls: each counts once, and not when it was taken back."""

from datetime import timedelta
from typing import Any

from app.actions import call_undo, calls
from app.core.db import db, transaction
from app.models.patient import Patient
from app.models.touchpoint import MinutesSource, Touchpoint
from tests.conftest import Clock
from tests.queries.test_measures import APPOINTMENT, counts, follow_up, run
from tests.world import World


def log(world: World, clock: Clock, outcome: str, patient: Patient, tasks: Any = ()) -> Touchpoint:
    with transaction():
        row = calls.log_call(
            db.session.merge(patient), by=world.viewer(world.ana), at=clock.now, outcome=outcome,
            seconds=60, note=None, task_ids=tasks, started_at=clock.now - timedelta(minutes=4),
            minutes_source=MinutesSource.TIMER,
        )  # fmt: skip
    assert row is not None
    return row


def take_back(call: Touchpoint, world: World, clock: Clock) -> None:
    with transaction():
        call_undo.take_back(db.session.merge(call), by=world.viewer(world.ana), at=clock.now)


def test_a_call_counts_once_and_not_when_taken_back(world: World, clock: Clock) -> None:
    made = [log(world, clock, each, world.sam) for each in ("reached", "no_answer", "left_message")]
    found = run(world, clock, "reach")
    assert counts(found) == (1, 3, 0, 0)
    assert list(found.by("team")) == ["Harbor team"]
    take_back(made[0], world, clock)
    assert counts(run(world, clock, "reach")) == (0, 2, 0, 0)


def test_a_call_taken_back_is_no_first_contact(world: World, clock: Clock) -> None:
    task = follow_up(world.rosa, APPOINTMENT, clock)
    clock.advance(days=2)
    before = run(world, clock, "request-to-contact").waits
    call = log(world, clock, "reached", world.rosa, [task.id])
    reached = run(world, clock, "request-to-contact").waits
    assert before is not None
    assert reached is not None
    assert (before.finished, reached.finished) == (0, 1)
    take_back(call, world, clock)
    assert run(world, clock, "request-to-contact").waits == before
