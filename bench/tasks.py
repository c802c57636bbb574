"""The board and the deadlines at size. The due lanes and their counts with few and with many tasks; the
sweep of due tasks against one bare UPDATE and against row by row; a deadline against an APScheduler job."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select, update

from app.core.db import db, transaction
from app.core.settings import read_settings
from app.factory import create_app
from app.models.event import Event
from app.models.task import Task
from app.models.user import Role, User
from app.models.viewer import Viewer
from app.queries import board as board_reads
from app.queries import lanes
from app.queries.board_filter import BoardFilter, Today
from bench import jobs, stage, task_rows
from bench.board_page import beside_helpdesk
from bench.side_by_side import Comparison, compare
from workers import deadlines

FEW = 10_000
#: As many tickets as django-helpdesk is asked to list: more take it minutes a page.
BESIDE = 200_000
LOOKS = 60
JOBS = 500


@dataclass(frozen=True, slots=True)
class Goal:
    found: Comparison
    at_least: float


def run(databases: list[str], *, repetitions: int, tasks: int, due: int) -> int:
    """Measure on each database; prints the ratios. 1 when a goal is missed, else 0."""
    measured: list[Goal] = []
    for kind in databases:
        with ExitStack() as stack:
            few = stack.enter_context(_board(kind, FEW))
            many = stack.enter_context(_board(kind, tasks))
            for goal in _all(kind, few, many, repetitions, due):
                measured.append(goal)
                _tell(goal)
    if "sqlite" in databases:
        beside = Goal(beside_helpdesk(min(tasks, BESIDE), repetitions=repetitions), 50)
        measured.append(beside)
        _tell(beside)
    for goal in measured:
        goal.found.check_quiet()
    return int(any(goal.found.ratio < goal.at_least for goal in measured))


def _all(kind: str, few: "Board", many: "Board", repetitions: int, due: int) -> Iterator[Goal]:
    yield from _flatness(kind, few, many, repetitions)
    yield _scheduling(kind, many, repetitions)
    yield from _sweeps(kind, many, repetitions, due)


def _tell(goal: Goal) -> None:
    verdict = "reached" if goal.found.ratio >= goal.at_least else "missed"
    lines = [*goal.found.lines(), f"  goal {goal.at_least:.2f}: {verdict}"]
    print("\n".join(lines), flush=True)


@dataclass(frozen=True, slots=True)
class Board:
    app: Flask
    practice: UUID
    viewer: Viewer
    url: str


@contextmanager
def _board(kind: str, count: int) -> Iterator[Board]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        stage.staged(kind, Path(folder)) as ready,
    ):
        app = create_app(read_settings(ready.env))
        with app.app_context():
            practice = task_rows.fill(count)
            user = db.session.scalars(
                select(User).where(User.practice_id == practice, User.role == Role.LEAD).limit(1)
            ).one()
            viewer = Viewer(practice, "user", user.id, Role.LEAD)
            db.session.rollback()
        yield Board(app, practice, viewer, ready.env["BARE_DATABASE_URL"])
        with app.app_context():
            db.session.rollback()
            db.engine.dispose()


def _flatness(kind: str, few: Board, many: Board, repetitions: int) -> Iterator[Goal]:
    """The same page of 30 in each lane with few and with many tasks, for the practice with a fifth."""
    for name, look in (("page", _columns), ("counts", _column_counts)):
        found = compare(f"columns ({name}) on {kind}, many ÷ few tasks", partial(_look, few, look),
                        partial(_look, many, look), repetitions=repetitions)  # fmt: skip
        yield Goal(found, 1 / 1.5 if name == "page" else 0.5)
    page = compare(f"due lanes on {kind}, many ÷ few tasks", partial(_look, few, _page),
                   partial(_look, many, _page), repetitions=repetitions)  # fmt: skip
    yield Goal(page, 1 / 1.5)
    counts = compare(f"counts of the lanes on {kind}, many ÷ few", partial(_look, few, _counts),
                     partial(_look, many, _counts), repetitions=repetitions)  # fmt: skip
    _check_counts(many)
    yield Goal(counts, 0.5)


def _look(board: Board, what: Callable[[Viewer, Today], None]) -> float:
    today = Today(datetime.now(UTC), "UTC")
    with board.app.app_context():
        began = time.perf_counter()
        for _ in range(LOOKS):
            what(board.viewer, today)
            db.session.rollback()
            db.session.expunge_all()
        return LOOKS / (time.perf_counter() - began)


def _page(viewer: Viewer, today: Today) -> None:
    lanes.lanes(viewer, BoardFilter(), today, {})


def _counts(viewer: Viewer, today: Today) -> None:
    lanes.counts(viewer, BoardFilter(), today)


def _columns(viewer: Viewer, today: Today) -> None:
    for name in board_reads.STATUSES:
        board_reads.column(viewer, name, BoardFilter(), today)


def _column_counts(viewer: Viewer, today: Today) -> None:
    board_reads.column_counts(viewer, BoardFilter(), today)


def _check_counts(board: Board) -> None:
    """Equal to a recount, up to where they stop."""
    today = Today(datetime.now(UTC), "UTC")
    with board.app.app_context():
        said = lanes.counts(board.viewer, BoardFilter(), today)
        late = select(func.count()).select_from(Task).where(
            Task.practice_id == board.practice, Task.completed_at.is_(None), Task.due_at <= today.at
        )  # fmt: skip
        recount = int(db.session.scalar(late) or 0)
        if said["overdue"] != min(recount, lanes.CAP):
            raise AssertionError(f"{said['overdue']} overdue counted, {recount} there")
        db.session.rollback()


def _sweeps(kind: str, board: Board, repetitions: int, due: int) -> Iterator[Goal]:
    """The product's sweep writes two events a task, numbers them and moves the API's cursor; the bare
    UPDATE does none of that, row by row does it with a commit for each."""
    sweep = partial(_turn, board, due, _sweep)
    bare = compare(f"sweep of {due} due on {kind} ÷ one bare UPDATE",
                   partial(_turn, board, due, _bare_update), sweep, repetitions=repetitions)  # fmt: skip
    yield Goal(bare, 1 / 1.5)
    rows = compare(f"sweep of {due} due on {kind} ÷ the same row by row",
                   partial(_turn, board, due, _row_by_row), sweep, repetitions=repetitions)  # fmt: skip
    yield Goal(rows, 8)


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
    """The same steps, each found and committed by itself."""
    usual, deadlines.BATCH = deadlines.BATCH, 1
    try:
        return _sweep(_practice)
    finally:
        deadlines.BATCH = usual


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


def _scheduling(kind: str, board: Board, repetitions: int) -> Goal:
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
