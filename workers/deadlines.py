"""The deadline sweep: ladders whose next step is due, and tasks whose day is over. One savepoint per task:
a broken one is set aside for a person, and the rest go on."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.exc import OperationalError

from app import access
from app.actions import ladder
from app.core.clock import db_now
from app.core.db import db, savepoint, transaction
from app.core.failpoints import reach
from app.core.log import logger
from app.models.task import Task
from app.models.viewer import system_viewer

log = logger("deadlines")
BATCH = 50
MOST_BATCHES = 40


def run() -> int:
    """Step what is due, oldest first, in short transactions. Returns how many tasks were stepped.

    Overdue ones first: after a time of no worker, nobody is asked on behalf of a day that is over.
    """
    return _sweep(ladder.overdue, ladder.mark_overdue) + _sweep(ladder.due_steps, ladder.step)


def _sweep(due: Callable[[datetime], Select[Task]], act: Callable[..., None]) -> int:
    done = 0
    for _ in range(MOST_BATCHES):
        with transaction():
            at = db_now()
            keys = [(task.practice_id, task.id) for task in _locked(due(at))]
            for key in keys:
                _step(key, act, at=at)
        reach("deadlines.committed")
        done += len(keys)
        if len(keys) < BATCH:
            break
    return done


def _locked(due: Select[Task]) -> list[Task]:
    return list(db.session.scalars(due.limit(BATCH).with_for_update(skip_locked=True, of=Task)))


def _task(key: tuple[UUID, UUID]) -> Task:
    return access.task_for(system_viewer(key[0]), key[1])


def _step(key: tuple[UUID, UUID], act: Callable[..., None], *, at: datetime) -> None:
    try:
        with savepoint():
            act(_task(key), at=at)
            reach("deadline.stepped")
    except OperationalError:  # the database's trouble, not the task's
        raise
    except Exception:
        log.exception("a task broke", task_id=str(key[1]))
        ladder.set_aside(_task(key), reason="a step failed", at=at)
