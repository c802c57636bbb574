"""The board by when things are due: overdue, today, the next seven days, later. Each lane is a keyset page
along one index, its count stops at a hundred: neither grows with how much there is."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from app.access import visible_tasks
from app.core.db import db
from app.models.task import Task
from app.models.viewer import Viewer
from app.queries.board import (
    CAP,
    IS_OPEN,
    MOST_PAGES,
    PAGE,
    Board,
    Column,
    Cursor,
    due_after,
    page_of,
    waiting_of,
)
from app.queries.board_filter import BoardFilter, Today

LANES = ("overdue", "today", "week", "later")


def lanes(viewer: Viewer, wanted: BoardFilter, today: Today, pages: dict[str, int]) -> Board:
    """The first `pages[lane]` pages of every lane. A constant number of statements."""
    many = counts(viewer, wanted, today)
    found = []
    for name in LANES:
        size = PAGE * min(max(pages.get(name, 1), 1), MOST_PAGES)
        found.append(lane(viewer, name, wanted, today, size=size))
        found[-1].count = many[name]
    shown = {task.patient_id for each in found for task in each.tasks}
    return Board(found, waiting_of(viewer, shown))


def lane(
    viewer: Viewer, name: str, wanted: BoardFilter, today: Today, *,
    after: Cursor | None = None, size: int = PAGE,
) -> Column:  # fmt: skip
    """One page of a lane, what is due first; its patients are reported as seen."""
    tasks = _of_lane(viewer, name, wanted, today)
    tasks = tasks.where(due_after(after)) if after is not None else tasks
    return page_of(viewer, name, [tasks], (Task.due_at, Task.id), size=size)


def counts(viewer: Viewer, wanted: BoardFilter, today: Today) -> dict[str, int]:
    """Cards in each lane, up to CAP; one statement."""
    capped = [
        select(func.count())
        .select_from(
            _of_lane(viewer, name, wanted, today)
            .with_only_columns(Task.id)
            .limit(CAP)
            .subquery(f"in_{name}")
        )
        .scalar_subquery()
        .label(name)
        for name in LANES
    ]
    row = db.session.execute(select(*capped)).one()
    return dict(zip(LANES, row, strict=True))


def _of_lane(viewer: Viewer, name: str, wanted: BoardFilter, today: Today) -> Select[Any]:
    """A chosen due day narrows on: the lanes that do not fit it are empty."""
    tasks = wanted.on_tasks(visible_tasks(viewer), viewer, today)
    return tasks.where(IS_OPEN, _between(*_bounds(name, today)))


def _bounds(name: str, today: Today) -> tuple[datetime | None, datetime | None]:
    tonight, week = today.midnight(1), today.midnight(8)
    return {
        "overdue": (None, today.at), "today": (today.at, tonight),
        "week": (tonight, week), "later": (week, None),
    }[name]  # fmt: skip


def _between(after: datetime | None, until: datetime | None) -> ColumnElement[bool]:
    """After the one, up to and with the other: a day that ends at midnight is due on that day."""
    parts = [Task.due_at > after] if after else []
    parts += [Task.due_at <= until] if until else []
    return and_(*parts)
