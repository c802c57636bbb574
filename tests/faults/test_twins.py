"""O5 and S1: several workers where there should be one, their leases running out while they work, and killed
again and again: every text is created once, every step of every task is done once."""

import random
import time
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions import tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.task import Task, TaskType
from messaging.delivery import MessageStatus
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.dying import ends_by_signal, fork, kill_after
from tests.faults.figures import Figure, size
from tests.faults.running import at_once, is_under_way, run_clock
from tests.faults.test_carrier_trouble import write
from tests.world import World, look_again
from workers import deadlines, outbox

TWINS = size(3, 8)
TEXTS = size(24, 5000)
SCHEDULERS = size(3, 4)
TASKS = size(60, 10_000)
STEPS = ("task.asked", "task.reminded", "task.call_due", "task.step_skipped")
ROUNDS = size(3, 30)
PATIENCE = size(60, 900)


def send_until_done() -> None:
    """A worker that believes it is alone."""
    until = time.monotonic() + PATIENCE
    while is_under_way() and time.monotonic() < until:
        outbox.release_lapsed()
        outbox.deliver_due()
        outbox.settle_doubts()
        time.sleep(0.02)


def test_it_creates_every_text_once_whoever_else_sends(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, figure: Figure
) -> None:
    write(world, clock, TEXTS)
    run_clock(clock.now, speed=30)  # a lease of a minute is over in two seconds
    at_once(twilio, send_until_done, processes=TWINS)
    look_again()
    taken = Counter(row["body"] for row in stand_in.accepted())
    lost = TEXTS - len(taken)
    doubled = sum(taken.values()) - len(taken)
    figure("O5 twins", n=TEXTS, workers=TWINS, lost=lost, doubled=doubled)
    assert (lost, doubled) == (0, 0)
    states = set(db.session.scalars(select(Message.status)))
    assert states <= {MessageStatus.SENT, MessageStatus.DELIVERED}


@pytest.fixture
def due(world: World, clock: Clock) -> list[Task]:
    """Tasks whose day is over. The next step of every second one was due long ago; nothing waits with the
    others, so that they are marked many at once."""
    people = [db.session.merge(each) for each in (world.sam, world.rosa, world.tom)]
    made = []
    for first in range(0, TASKS, 50):
        with transaction():
            made += [
                tasks.create(people[n % 3], TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
                for n in range(first, min(first + 50, TASKS))
            ]
    quiet = [task.id for task in made[::2]]
    with transaction():
        for start in range(0, len(quiet), 500):
            ids = quiet[start : start + 500]
            db.session.execute(update(Task).where(Task.id.in_(ids)).values(next_step_at=None))
            db.session.execute(
                update(Message).where(Message.task_id.in_(ids)).values(status="delivered")
            )
    clock.advance(days=4)
    return made


@pytest.fixture(autouse=True)
def _short_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there is a lot between two commits to be killed in."""
    monkeypatch.setattr(deadlines, "BATCH", 5)
    monkeypatch.setattr(deadlines, "AT_ONCE", 5)
    monkeypatch.setattr(deadlines, "MOST_BATCHES", 10_000)


def keep_stepping() -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if not deadlines.run():
            return


def test_it_does_each_step_once_though_schedulers_are_many_and_die(
    due: list[Task], twilio: Flask, figure: Figure
) -> None:
    chance, killed = random.Random(4), 0
    for _ in range(ROUNDS):
        lives = [chance.uniform(0, 0.3) for _ in range(SCHEDULERS)]
        children = [
            fork(twilio, lambda life=life: (kill_after(life), keep_stepping())) for life in lives
        ]
        killed += sum(ends_by_signal(child) for child in children)
    at_once(twilio, keep_stepping, processes=SCHEDULERS)
    look_again()
    ids = [task.id for task in due]
    told = Counter(
        db.session.execute(
            select(Event.subject_id, Event.kind).where(Event.kind == "task.overdue")
        ).all()
    )
    steps = Counter(
        (task_id, kind, str(facts.get("step")))
        for task_id, kind, facts in db.session.execute(
            select(Event.subject_id, Event.kind, Event.facts).where(Event.kind.in_(STEPS))
        )
    )
    skipped = sum(told[each, "task.overdue"] == 0 for each in ids)
    doubled = sum(count - 1 for count in (*told.values(), *steps.values()))
    figure("S1 one fire", n=TASKS, schedulers=SCHEDULERS, killed=killed, skipped=skipped,
           doubled=doubled)  # fmt: skip
    assert killed
    assert (skipped, doubled) == (0, 0)
    keys = Counter(db.session.scalars(select(Message.send_key)))
    assert set(keys.values()) == {1}
