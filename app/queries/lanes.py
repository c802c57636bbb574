"""The board by when things are due: overdue, today, the next seven days, later. Each lane is a keyset page
along one index, its count stops at a hundred: neither grows with how much there is."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select

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
    order = (Task.due_at, Task.id)
    return page_of(viewer, name, [tasks], order, size=size, values=_bounds(today))


def counts(viewer: Viewer, wanted: BoardFilter, today: Today) -> dict[str, int]:
    """Cards in each lane, up to CAP; one statement."""
    asked = _counted(viewer, wanted, None if _is_lasting(wanted) else today)
    row = db.session.execute(asked, _bounds(today)).one()
    return dict(zip(LANES, row, strict=True))


def _is_lasting(wanted: BoardFilter) -> bool:
    """Whether its conditions are the same at any time: then the statement is built once."""
    return not (wanted.due or wanted.subgroup or wanted.q)


def _of_lane(viewer: Viewer, name: str, wanted: BoardFilter, today: Today) -> Select[Any]:
    return _tasks(viewer, name, wanted, None if _is_lasting(wanted) else today)


# Statements are built once for what a viewer may see and has chosen, which is their key; the moment comes
# with each execution. `today`: given where what was chosen depends on it.


@lru_cache(maxsize=256)
def _counted(viewer: Viewer, wanted: BoardFilter, today: Today | None) -> Select[Any]:
    capped = [
        select(func.count())
        .select_from(
            _tasks(viewer, name, wanted, today)
            .with_only_columns(Task.id)
            .limit(CAP)
            .subquery(f"in_{name}")
        )
        .scalar_subquery()
        .label(name)
        for name in LANES
    ]
    return select(*capped)


@lru_cache(maxsize=256)
def _tasks(viewer: Viewer, name: str, wanted: BoardFilter, today: Today | None) -> Select[Any]:
    """A chosen due day narrows on: the lanes that do not fit it are empty."""
    tasks = wanted.on_tasks(visible_tasks(viewer), viewer, today or _NO_DAY)
    return tasks.where(IS_OPEN, _BETWEEN[name])


def _bounds(today: Today) -> dict[str, datetime]:
    return {"now": today.at, "tonight": today.midnight(1), "week": today.midnight(8)}


def _moment(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=Task.due_at.type)


#: After the one, up to and with the other: a day that ends at midnight is due on that day.
_BETWEEN: dict[str, ColumnElement[bool]] = {
    "overdue": Task.due_at <= _moment("now"),
    "today": and_(Task.due_at > _moment("now"), Task.due_at <= _moment("tonight")),
    "week": and_(Task.due_at > _moment("tonight"), Task.due_at <= _moment("week")),
    "later": Task.due_at > _moment("week"),
}
#: For what was chosen without regard to the day.
_NO_DAY = Today(datetime.min.replace(tzinfo=UTC), "UTC")
