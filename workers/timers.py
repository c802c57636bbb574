"""The sweep of timers: those nobody did anything with for the practice's idle minutes end with the last
activity, so that a forgotten one credits nothing more. One savepoint per timer."""

from uuid import UUID

from sqlalchemy.exc import OperationalError

from app.actions import timers
from app.core.clock import db_now
from app.core.db import db, savepoint, transaction
from app.core.log import logger
from app.models.event import SYSTEM
from app.models.viewer import system_viewer
from app.models.work_timer import WorkTimer
from app.queries.timers import timer_for

log = logger("timers")
BATCH = 50
MOST_BATCHES = 20


def run() -> int:
    """End what ran out of activity, in short transactions. Returns how many ended."""
    done, broken = 0, set[UUID]()
    for _ in range(MOST_BATCHES):
        with transaction():
            at = db_now()
            due = timers.idle_ones(at).where(WorkTimer.id.not_in(broken)).limit(BATCH)
            locked = due.with_for_update(skip_locked=True, of=WorkTimer)
            keys = [(row.practice_id, row.id) for row in db.session.scalars(locked)]
            for practice_id, timer_id in keys:
                try:
                    with savepoint():
                        timer = timer_for(system_viewer(practice_id), timer_id)
                        timers.stop(timer, by=SYSTEM, at=at)
                        done += 1
                except OperationalError:  # the database's trouble, not the timer's
                    raise
                except Exception:
                    broken.add(timer_id)
                    log.exception("a timer broke", timer_id=str(timer_id))
        if len(keys) < BATCH:
            break
    return done
