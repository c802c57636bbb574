"""Deadlines at size: the sweep of due tasks against one bare UPDATE and against row by row, and a deadline's
whole life against an APScheduler job's."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import func, select, update

from app.core.db import db, transaction
from app.models.event import Event
from app.models.task import Task
from bench import jobs, task_rows
from bench.side_by_side import compare
from bench.task_board import Board, Goal
from workers import deadlines, sweep

JOBS = 500


def beside_update(kind: str, board: Board, repetitions: int, due: int) -> Goal:
    """The product's sweep writes two events a task, numbers them and moves the API's cursor; the bare
    UPDATE does none of that."""
    found = compare(f"sweep of {due} due on {kind} ÷ one bare UPDATE",
                    partial(_turn, board, due, _bare_update), partial(_turn, board, due, _sweep),
                    repetitions=repetitions)  # fmt: skip
    return Goal(found, 1 / 1.5)


def beside_rows(kind: str, board: Board, repetitions: int, due: int) -> Goal:
    """Beside all it does, done task by task with a commit for each."""
    found = compare(f"sweep of {due} due on {kind} ÷ the same row by row",
                    partial(_turn, board, due, _row_by_row), partial(_turn, board, due, _sweep),
                    repetitions=repetitions)  # fmt: skip
    return Goal(found, 8)


def _turn(board: Board, due: int, act: Callable[[UUID], int]) -> float:
    at = datetime.now(UTC)
    with board.app.app_context():
        made = task_rows.make_due(board.practice, due, at=at)
        before = _overdue_events()
        began = time.perf_counter()
        done = act(board.practice)
        took = time.perf_counter() - began
        db.session.rollback()
        if done != made or (act is not _bare_update and _overdue_events() - before != made):
            raise AssertionError(
                f"{made} were due, {done} stepped, events {_overdue_events() - before}"
            )
        db.session.rollback()
        return made / took


def _sweep(_practice: UUID) -> int:
    done = 0
    while found := deadlines.run():
        done += found
    return done


def _row_by_row(_practice: UUID) -> int:
    """The same tasks, each found, marked and committed by itself."""
    done = 0
    while found := sweep.run(deadlines.OVERDUE, batch=1, most=deadlines.MOST_BATCHES):
        done += found
    return done


def _bare_update(practice: UUID) -> int:
    now = datetime.now(UTC)
    with transaction():
        done = db.session.execute(
            update(Task)
            .where(Task.practice_id == practice, Task.overdue_since.is_(None), Task.due_at <= now,
                   Task.completed_at.is_(None))
            .values(overdue_since=Task.due_at, escalated_at=now, needs="lead_decision"),
            execution_options={"synchronize_session": False},
        )  # fmt: skip
    return int(done.rowcount)  # type: ignore[attr-defined]


def _overdue_events() -> int:
    found = select(func.count()).select_from(Event).where(Event.kind == "task.overdue")
    return int(db.session.scalar(found) or 0)


def beside_jobs(kind: str, board: Board, repetitions: int) -> Goal:
    """Deadlines set, fired and gone: as the tasks' own columns, set by one statement as an import and a
    change of the calendar do, and stepped by the sweep with all it writes; and as a job each."""
    with board.app.app_context():
        keys = task_rows.quiet(board.practice, at=datetime.now(UTC))[:JOBS]
        scheduler = jobs.scheduler_on(db.engine)
    try:
        found = compare(f"{len(keys)} deadlines set and fired on {kind} ÷ an APScheduler job each",
                        partial(jobs.as_jobs, scheduler, keys),
                        partial(_as_columns, board, keys), repetitions=repetitions)  # fmt: skip
    finally:
        scheduler.shutdown(wait=True)
    return Goal(found, 20)


def _as_columns(board: Board, keys: list[UUID]) -> float:
    with board.app.app_context():
        before, began = _overdue_events(), time.perf_counter()
        task_rows.schedule(board.practice, keys, datetime.now(UTC) - timedelta(seconds=1))
        done = _sweep(board.practice)
        took = time.perf_counter() - began
        if done != len(keys) or _overdue_events() - before != len(keys):
            raise AssertionError(f"{done} of {len(keys)} stepped")
        db.session.rollback()
        return len(keys) / took
