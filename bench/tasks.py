"""The board and the deadlines at size. The due lanes and their counts with few and with many tasks; the
sweep of due tasks against one bare UPDATE and against row by row; a deadline against an APScheduler job."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import func, select

from app.core.db import db
from app.models.task import Task
from app.models.viewer import Viewer
from app.queries import board as board_reads
from app.queries import lanes
from app.queries.board_filter import BoardFilter, Today
from bench import deadlines
from bench.board_page import beside_helpdesk
from bench.side_by_side import compare
from bench.task_board import Board, Goal, staged

FEW = 10_000
#: As many tickets as django-helpdesk is asked to list: more take it minutes a page.
BESIDE = 200_000
#: What can be run to its end by itself: `--part`.
PARTS = ("pages", "deadline", "sweep", "rows", "helpdesk")
LOOKS = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be measured: which parts, with how many tasks, how many of them due."""

    databases: list[str]
    parts: tuple[str, ...]
    repetitions: int
    tasks: int
    due: int


def run(wanted: Wanted) -> int:
    """Measure on each database; prints the ratios. 1 when a goal is missed, else 0."""
    measured: list[Goal] = []
    for kind in wanted.databases:
        for goal in _on(kind, wanted):
            measured.append(goal)
            _tell(goal)
    for goal in measured:
        goal.found.check_quiet()
    return int(any(goal.found.ratio < goal.at_least for goal in measured))


def _on(kind: str, wanted: Wanted) -> Iterator[Goal]:
    """Each part by itself; a database is filled only for a part that looks at it."""
    parts, repetitions = wanted.parts, wanted.repetitions
    with ExitStack() as stack:
        if set(parts) - {"helpdesk"}:
            many = stack.enter_context(staged(kind, wanted.tasks))
        if "pages" in parts:
            yield from _flatness(kind, stack.enter_context(staged(kind, FEW)), many, repetitions)
        if "deadline" in parts:
            yield deadlines.beside_jobs(kind, many, repetitions)
        if "sweep" in parts:
            yield deadlines.beside_update(kind, many, repetitions, wanted.due)
        if "rows" in parts:
            yield deadlines.beside_rows(kind, many, repetitions, wanted.due)
    if "helpdesk" in parts and kind == "sqlite":
        yield Goal(beside_helpdesk(min(wanted.tasks, BESIDE), repetitions=repetitions), 50)


def _tell(goal: Goal) -> None:
    verdict = "reached" if goal.found.ratio >= goal.at_least else "missed"
    lines = [*goal.found.lines(), f"  goal {goal.at_least:.2f}: {verdict}"]
    print("\n".join(lines), flush=True)


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
