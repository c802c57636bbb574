"""What the queue says of itself: ages and counts, in a constant number of statements."""

from datetime import timedelta

from sqlalchemy import event

from app.core.db import db
from app.queries.queue_health import queue_health
from messaging.carriers.base import InDoubt
from tests.actions.claims import claim, leave
from tests.actions.drafts import queue_to
from tests.world import World
from workers.lease import Lease


def test_it_counts_what_waits_leaves_and_is_in_doubt(world: World, clock) -> None:
    leave(world, queue_to(world.lee, clock.now), InDoubt(), clock.now)
    queue_to(world.sam, clock.now)
    claim(world, clock.now)
    queue_to(world.rosa, clock.now)
    queue_to(world.tom, clock.now, send_after=clock.now + timedelta(hours=1))
    clock.advance(seconds=90)
    health = queue_health(at=clock.now)
    assert (health.due, health.waiting, health.sending, health.in_doubt) == (1, 2, 1, 1)
    assert (health.oldest_due_seconds, health.oldest_doubt_seconds) == (90.0, 90.0)
    assert (health.held, health.stuck_tasks, health.worker_seen) == (0, 0, False)


def test_it_is_calm_when_nothing_waits(world: World, clock) -> None:
    health = queue_health(at=clock.now)
    assert (health.due, health.oldest_due_seconds, health.oldest_doubt_seconds) == (0, 0.0, 0.0)


def test_it_sees_whether_somebody_runs_the_ticks(world: World, clock) -> None:
    Lease().keep()
    assert queue_health(at=clock.now).worker_seen
    assert not queue_health(at=clock.advance(minutes=5)).worker_seen


def test_it_asks_as_much_of_a_long_queue_as_of_a_short_one(world: World, clock) -> None:
    def statements() -> int:
        seen: list[str] = []
        listener = lambda *args: seen.append(args[2])  # noqa: E731 - removed again below
        event.listen(db.engine, "before_cursor_execute", listener)
        queue_health(at=clock.now)
        event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    short = statements()
    for index in range(30):
        queue_to(world.sam, clock.now, send_key=str(index), is_automated=False)
    assert statements() == short
    assert short <= 8
