"""The deadline sweep: ladders whose next step is due, and tasks whose day is over. A broken task is set aside
for a person, and the rest go on."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload

from app import access
from app.actions import ladder, ladder_overdue, ladder_steps, overdue_at_once
from app.core.clock import db_now
from app.core.db import transaction
from app.core.failpoints import reach
from app.core.log import logger
from app.models.task import Task
from app.models.viewer import Viewer
from workers import sweep
from workers.sweep import Sweep

log = logger("sweep")
BATCH = 100
#: A transaction's part of what is done inside the database: the practice's counters are locked that long.
AT_ONCE = 1000
MOST_BATCHES = 20
COMMITTED = "deadlines.committed"


def run() -> int:
    """Step what is due, oldest first, in short transactions. Returns how many tasks were stepped.

    Overdue ones first: after a time of no worker, nobody is asked on behalf of a day that is over. Those
    that leave nothing to think about are marked at once, so that the sweep meets only the others.
    """
    done = _mark_at_once()
    return done + sum(sweep.run(each, batch=BATCH, most=MOST_BATCHES) for each in (OVERDUE, STEPS))


def _mark_at_once() -> int:
    """What breaks a batch is left to the sweep, which finds the broken row and goes on with the rest."""
    done = 0
    for _ in range(MOST_BATCHES):
        try:
            with transaction():
                looked_at, marked = overdue_at_once.mark(at=db_now(), most=AT_ONCE)
                if marked:
                    _stepped()
        except OperationalError:  # the database's trouble, not a row's
            raise
        except Exception:
            log.exception("due tasks could not be marked at once")
            break
        reach(COMMITTED)
        done += marked
        if looked_at < AT_ONCE or not marked:
            break
    return done


def _tasks(viewer: Viewer) -> Select[Task]:
    around = joinedload(Task.care_team), joinedload(Task.patient)
    return access.visible_tasks(viewer).options(*around)


def _marking(tasks: Sequence[Task], at: datetime) -> Callable[[Task], None]:
    mark = ladder_overdue.marking(tasks, at=at)

    def act(task: Task) -> None:
        mark(task)
        _stepped()

    return act


def _stepping(tasks: Sequence[Task], at: datetime) -> Callable[[Task], None]:
    step = ladder_steps.stepping(tasks, at=at)

    def act(task: Task) -> None:
        step(task)
        _stepped()

    return act


def _stepped() -> None:
    reach("deadline.stepped")


def _set_aside(task: Task, at: datetime) -> None:
    ladder.set_aside(task, reason="a step failed", at=at)


OVERDUE = Sweep(
    noun="task", table=Task, due=ladder.overdue, visible=_tasks, acting=_marking,
    broke=_set_aside, committed=COMMITTED,
)  # fmt: skip
STEPS = Sweep(
    noun="task", table=Task, due=ladder.due_steps, visible=_tasks, acting=_stepping,
    broke=_set_aside, committed=COMMITTED,
)  # fmt: skip
