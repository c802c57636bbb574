"""S6: a worker that leads, stands still past its lease and goes on; another has taken over meanwhile. What
both do is done once. A leader whose connection is killed leads on."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import OperationalError

from app.actions import tasks
from app.core import clock as core_clock
from app.core import failpoints
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.lease import WorkerLease
from app.models.message import Message
from app.models.task import Task, TaskType
from tests.actions.drafts import queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.databases import KIND
from tests.faults.dying import fork
from tests.faults.figures import Figure, size
from tests.world import World, look_again
from workers import deadlines, leaving, outbox, requests
from workers.lease import TERM, Lease

ROUNDS = size(2, 30)
#: So many seconds of this machine stand for the minutes that pass.
PAUSE = 1.0
STILL = ("outbox.claim_committed", "outbox.settle_committed", "deadlines.committed")


@pytest.fixture
def shared(clock: Clock, tmp_path: Path) -> Clock:
    """A clock that other processes see move, as they see the database's."""
    shown = tmp_path / "clock"

    class Shared(Clock):
        def set(self, moment: datetime) -> datetime:
            part = shown.with_suffix(".part")
            part.write_text(moment.isoformat())
            part.replace(shown)
            return super().set(moment)

    made = Shared()
    made.set(clock.now)
    core_clock.replace(lambda: datetime.fromisoformat(shown.read_text()))
    return made


def lead(place: str) -> None:
    """Take the lease, and stand still in the middle of the work; later go on as if nothing had been."""
    lease = Lease(holder="first")
    assert lease.keep()
    failpoints.arm(f"{place}:stop")
    requests.STOOD_STILL = PAUSE / 2  # the clock of the machine can't be moved as the database's is
    leaving.SENDERS = (
        1  # in this fork alone: another thread of it might stand still holding SQLite's lock
    )
    sweep()
    assert not lease.keep(), "somebody else leads now"


def sweep() -> None:
    deadlines.run()
    outbox.release_lapsed()
    outbox.deliver_due()


def work_to_do(world: World, clock: Clock, name: str) -> tuple[Task, list[Message]]:
    """A task whose day is over, and two texts."""
    with transaction():
        rosa = db.session.merge(world.rosa)
        task = tasks.create(rosa, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
    clock.set(max(task.due_at, clock.now))
    return task, [
        queue_to(who, clock.now, solicited=True, body=f"{name} {k}", send_key=f"{name} {k}")
        for k, who in enumerate((world.sam, world.tom))
    ]


def one_round(twilio: Flask, clock: Clock, place: str) -> float:
    """The first leader stands still, the second takes over and does it all, the first goes on; for how
    many seconds nobody led."""
    with standing_still(twilio, place) as first:
        return relieve(twilio, clock, first)


@contextmanager
def standing_still(twilio: Flask, place: str) -> Iterator[int]:
    """The first leader, stopped in the middle; never left behind."""
    first = fork(twilio, lambda: lead(place))
    try:
        _, status = os.waitpid(first, os.WUNTRACED)
        assert os.WIFSTOPPED(status), "it stopped where it was told to"
        yield first
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(first, signal.SIGKILL)
            os.waitpid(first, 0)


def relieve(twilio: Flask, clock: Clock, first: int) -> float:
    """The second does all the work, then the first goes on; for how many seconds nobody led."""
    second, waited = take_over(twilio, clock)
    for minutes in (1, 1, 1, 6, 12, 12):
        clock.advance(minutes=minutes)
        with twilio.app_context():
            assert second.keep()
            sweep()
            outbox.settle_doubts()
    time.sleep(PAUSE)
    os.kill(first, signal.SIGCONT)
    _, status = os.waitpid(first, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    end_lease()
    return waited


@pytest.mark.parametrize("place", STILL)
def test_it_does_everything_once_when_two_believe_they_lead(
    world: World, twilio: Flask, stand_in: StandIn, shared: Clock, place: str, figure: Figure
) -> None:
    texts: list[Message] = []
    overdue: list[Task] = []
    waits: list[float] = []
    for n in range(ROUNDS):
        task, more = work_to_do(world, shared, f"{place} {n}")
        overdue, texts = [*overdue, task], [*texts, *more]
        waits.append(one_round(twilio, shared, place))
    look_again()
    taken = Counter(row["body"] for row in stand_in.accepted())
    lost = sum(not taken[each.body] for each in texts)
    ended = select(Event.subject_id).where(Event.kind == "task.overdue")
    told = Counter(db.session.scalars(ended))
    doubled = sum(count - 1 for count in (*taken.values(), *told.values()))
    figure(f"S6 leader stands still at {place}", n=ROUNDS, lost=lost, doubled=doubled,
           takeover_seconds=max(waits))  # fmt: skip
    assert (lost, doubled) == (0, 0)
    assert all(told[task.id] for task in overdue)
    assert max(waits) <= TERM.total_seconds()


def take_over(app: Flask, clock: Clock) -> tuple[Lease, float]:
    """Another process wants to lead; its lease, and how many seconds it had to wait."""
    second, began = Lease(holder="second"), clock.now
    with app.app_context():
        while not second.keep():
            clock.advance(seconds=5)
        assert second.epoch == 2
    return second, (clock.now - began).total_seconds()


def end_lease() -> None:
    """The next round begins with no leader."""
    with transaction():
        db.session.delete(db.session.get_one(WorkerLease, "workers"))


@pytest.mark.skipif(KIND == "sqlite", reason="SQLite has no connections to kill")
def test_it_leads_on_when_its_connection_is_killed(world: World, app: Flask, clock: Clock) -> None:
    lease = Lease(holder="first")
    assert lease.keep()
    for n in range(ROUNDS):
        mine = db.session.scalar(text("SELECT pg_backend_pid()"))
        db.session.rollback()
        killer = create_engine(db.engine.url)
        with killer.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:mine, 5000)"), {"mine": mine})
        killer.dispose()
        clock.advance(seconds=5)
        with suppress(
            OperationalError
        ):  # this turn fails; the lease is held by a row, not by a connection
            lease.keep()
        assert lease.keep()
        assert lease.epoch == 1, n
        assert not Lease(holder="second").keep()
