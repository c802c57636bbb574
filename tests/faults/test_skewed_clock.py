"""S4 and S5: what is due is told by the database's time. A worker whose own clock is wrong, or jumps, does
nothing early and nothing twice; and how late things are done is measured."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import quantiles

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app.actions import outbox as actions
from app.actions import tasks
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.task import Task, TaskType
from messaging.delivery import MessageStatus
from tests.actions.drafts import queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.databases import KIND
from tests.faults.dying import in_a_fork
from tests.faults.figures import FULL, Figure, size
from tests.faults.running import real_clock
from tests.faults.test_carrier_trouble import write
from tests.server import wait_until
from tests.world import World, look_again
from workers import deadlines, outbox
from workers.ticker import Ticker
from workers.timetable import Tick

EACH = size(10, 200)
WRONG = {"slow": (-600,), "fast": (600,), "jumping": (600, -600, 86_400, -86_400)}
SOON = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _real(clock: Clock) -> Iterator[None]:
    with real_clock(lambda: clock.now):
        yield


def tasks_due(world: World, moments: list[datetime]) -> list[Task]:
    """Open tasks whose day ends at these moments, and whose ladder rests."""
    sam, made = db.session.merge(world.sam), []
    for first in range(0, len(moments), 50):
        with transaction():
            now = db_now()
            for due in moments[first : first + 50]:
                task = tasks.create(sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=now)
                db.session.flush()
                mine = (Task.practice_id == task.practice_id, Task.id == task.id)
                db.session.execute(update(Task).where(*mine).values(due_at=due, next_step_at=None))
                made.append(task)
    return made


def overdue_at() -> dict[object, datetime]:
    look_again()
    told = select(Event.subject_id, Event.at).where(Event.kind == "task.overdue")
    return {row[0]: row[1] for row in db.session.execute(told)}


@pytest.mark.skipif(KIND == "sqlite", reason="SQLite's time is the machine's: there is one clock")
@pytest.mark.parametrize("how", WRONG if FULL else ["jumping"])
def test_it_does_nothing_early_by_a_wrong_clock(
    world: World, twilio: Flask, stand_in: StandIn, how: str, figure: Figure
) -> None:
    now = db_now()
    clock = Clock()
    clock.now = now
    write(world, clock, EACH, send_after=now + SOON)
    leased = [queue_to(world.kim, now, solicited=True, send_key="leased", body="leased")]
    with transaction():
        claims, _ = actions.claim_due(world.practice.id, at=db_now(), limit=1)
    assert [claim.message_id for claim in claims] == [leased[0].id]
    early = tasks_due(world, [now + SOON] * EACH)
    due = tasks_due(world, [now - timedelta(seconds=1)] * EACH)

    def work() -> None:
        for seconds in WRONG[how]:
            with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=True):
                deadlines.run()
                outbox.release_lapsed()
                outbox.deliver_due()

    assert not in_a_fork(twilio, work)
    told = overdue_at()
    states = list(db.session.scalars(select(Message.status).where(Message.id == leased[0].id)))
    mine = [row for row in stand_in.accepted() if row["body"].startswith(("Text number", "leased"))]
    too_early = len(mine) + sum(task.id in told for task in early)
    undone = sum(task.id not in told for task in due)
    figure(f"S4 {how} clock", n=3 * EACH, early=too_early, undone=undone,
           leases_taken=sum(state is not MessageStatus.SENDING for state in states))  # fmt: skip
    assert (too_early, undone) == (0, 0)
    assert states == [MessageStatus.SENDING]


def test_it_tells_how_late_what_is_due_is_done(world: World, app: Flask, figure: Figure) -> None:
    """No limit here: it is the machine's speed, too."""
    per_second, seconds, every = size(20, 100), size(2, 60), size(1, 5)
    begin = db_now() + timedelta(seconds=size(2, 90))  # they have to be written first
    moments = [begin + timedelta(seconds=n / per_second) for n in range(per_second * seconds)]
    made = tasks_due(world, moments)
    ticker = Ticker(app, [Tick("deadlines", every, deadlines.run)])
    ticker.start()
    ticker.resume()
    try:
        wait_until(
            lambda: len(overdue_at()) == len(made), seconds=size(60, 300), what="all are done"
        )
    finally:
        assert ticker.stop()
    told = overdue_at()
    late = [(told[task.id] - due).total_seconds() for task, due in zip(made, moments, strict=True)]
    cuts = quantiles(late, n=100)
    figure("S5 lateness", n=len(late), tick_seconds=every, p50=round(cuts[49], 2), p99=round(cuts[98], 2),
           most=round(max(late), 2), early=sum(each < 0 for each in late))  # fmt: skip
    assert min(late) >= 0
