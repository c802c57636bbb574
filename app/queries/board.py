"""The board by status: four columns, each a keyset page in order of urgency and due day, with counts.
A constant number of statements, however many cards; each column is read along an index of its own, so that a
page costs the same however much lies behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import joinedload, load_only

from app.access import seen, visible_tasks
from app.core.db import db
from app.core.ids import parse_id
from app.models.conversation import Conversation
from app.models.patient import Patient
from app.models.task import COLUMN_SQL, OPEN_SQL, Task, TaskStatus
from app.models.user import User
from app.models.viewer import Viewer
from app.queries.board_filter import BoardFilter, Today

PAGE = 30
MOST_PAGES = 10
#: How long a closed card stays to be seen.
DONE_DAYS = 14
STATUSES: dict[str, tuple[TaskStatus, ...]] = {
    "todo": (TaskStatus.REQUESTED, TaskStatus.ACCEPTED),
    "doing": (TaskStatus.IN_PROGRESS,),
    "hold": (TaskStatus.ON_HOLD,),
    "done": (TaskStatus.COMPLETED, TaskStatus.CANCELLED, TaskStatus.FAILED, TaskStatus.REJECTED),
}
NAMES = {"todo": "To do", "doing": "In progress", "hold": "On hold", "done": "Done"}
#: Counts go no further; the page says "99+".
CAP = 100
#: The words of the partial indexes, as they stand there, so that the planner knows they fit.
IS_OPEN = text(f"task.{OPEN_SQL}")
IN_COLUMN = {name: text(f"task.{sql}") for name, sql in COLUMN_SQL.items()}
IS_URGENT = text("task.priority = 'urgent'")
urgency_rank = case((Task.priority == "urgent", 0), else_=1)

#: What cards show, and no more: a page of a hundred reads a quarter of what the rows hold.
ON_CARD = (
    load_only(
        Task.type, Task.status, Task.priority, Task.patient_id, Task.owner_id, Task.covering_for_id,
        Task.about, Task.referral_id, Task.due_on, Task.due_zone, Task.due_at, Task.overdue_since,
        Task.protocol_id, Task.step, Task.next_step_at, Task.waits_for, Task.asked_at, Task.needs,
        Task.stuck_reason, Task.status_reason, Task.wakes_at, Task.outcome, Task.evidence,
        Task.from_shared_phone, Task.completed_at, Task.was_late, Task.late_seconds,
    ),
    joinedload(Task.patient).load_only(Patient.given_name, Patient.family_name, Patient.language),
    joinedload(Task.owner).load_only(User.name),
    joinedload(Task.covering_for).load_only(User.name),
)  # fmt: skip


def column_of(task: Task) -> str:
    return next((name for name, statuses in STATUSES.items() if task.status in statuses), "done")


class Wait(NamedTuple):
    """A patient who waits for an answer: since when, and whether they wrote urgent words."""

    since: datetime
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last card of a page: urgency, its time (due, or closed for the done column) and its id."""

    urgency: int
    moment: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.urgency}_{self.moment.timestamp():.6f}_{self.id}"

    @classmethod
    def of(cls, task: Task) -> "Cursor":
        moment = task.due_at if task.is_open else task.completed_at or task.due_at
        return cls(0 if task.priority == "urgent" and task.is_open else 1, moment, task.id)

    @classmethod
    def parse(cls, text: str | None) -> "Cursor | None":
        """From an address; None when it is missing or odd."""
        urgency, _, rest = (text or "").partition("_")
        moment, _, id_ = rest.partition("_")
        row_id = parse_id(id_)
        try:
            at = datetime.fromtimestamp(float(moment), tz=UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return cls(int(urgency), at, row_id) if row_id and urgency in ("0", "1") else None


@dataclass(slots=True)
class Column:
    name: str
    count: int = 0
    tasks: list[Task] = field(default_factory=list)
    more: Cursor | None = None
    #: How many of its open cards are past their day.
    overdue: int = 0

    @property
    def title(self) -> str:
        return NAMES[self.name]


@dataclass(slots=True)
class Board:
    columns: list[Column]
    #: patient → since when their message waits for an answer.
    waiting: dict[UUID, Wait]


def board(viewer: Viewer, wanted: BoardFilter, today: Today, pages: dict[str, int]) -> Board:
    """The first `pages[column]` pages (default 1) of every column."""
    counts = column_counts(viewer, wanted, today)
    columns = []
    for name in STATUSES:
        size = PAGE * min(max(pages.get(name, 1), 1), MOST_PAGES)
        columns.append(column(viewer, name, wanted, today, size=size))
        columns[-1].count, columns[-1].overdue = counts[name]
    shown = {task.patient_id for each in columns for task in each.tasks}
    return Board(columns, waiting_of(viewer, shown))


def column(
    viewer: Viewer, name: str, wanted: BoardFilter, today: Today, *,
    after: Cursor | None = None, size: int = PAGE,
) -> Column:  # fmt: skip
    """One page of a column; its patients are reported as seen."""
    tasks = wanted.on_tasks(visible_tasks(viewer), viewer, today)
    return page_of(viewer, name, _parts(tasks, name, today, after), _order(name), size=size)


def page_of(
    viewer: Viewer, name: str, parts: list[Select[Any]], order: tuple[Any, ...], *, size: int,
    values: Mapping[str, Any] | None = None,
) -> Column:  # fmt: skip
    """The first `size` cards of some selects together; each is read only as far as the page can need.
    `values` are for parameters that the selects name."""
    inside = tuple(each for each in order if each is not urgency_rank)  # alike within a part
    if len(parts) == 1:
        wanted, order = parts[0], inside
    else:
        few = [part.with_only_columns(Task.id).order_by(*inside).limit(size + 1) for part in parts]
        ids = union_all(*(select(part.subquery().c.id) for part in few)).subquery()
        wanted = select(Task).where(
            Task.practice_id == viewer.practice_id, Task.id.in_(select(ids.c.id))
        )
    statement = wanted.order_by(*order).options(*ON_CARD)
    found = list(db.session.scalars(statement.limit(size + 1), values))
    more = Cursor.of(found[size - 1]) if len(found) > size else None
    seen(viewer, {task.patient_id for task in found[:size]}, through="board")
    return Column(name, tasks=found[:size], more=more)


def waiting_of(viewer: Viewer, patient_ids: set[UUID]) -> dict[UUID, Wait]:
    """Since when these patients (already found through access) wait for an answer."""
    columns = (Conversation.patient_id, Conversation.waiting_since, Conversation.urgent_since)
    statement = select(*columns).where(
        Conversation.practice_id == viewer.practice_id,
        Conversation.patient_id.in_(patient_ids),
        Conversation.waiting_since.is_not(None),
    )
    return {
        patient: Wait(since, urgent is not None)
        for patient, since, urgent in db.session.execute(statement)
        if patient and since
    }


def _parts(tasks: Select[Any], name: str, today: Today, after: Cursor | None) -> list[Select[Any]]:
    """What a column is made of, from the cursor on: urgent cards and the others, closed ones by status."""
    if name == "done":
        lately = tasks.where(Task.completed_at >= today.at - timedelta(days=DONE_DAYS))
        rest = lately.where(_closed_before(after)) if after else lately
        return [rest.where(Task.status == status) for status in STATUSES[name]]
    found: list[Select[Any]] = []
    urgencies: tuple[Any, ...] = (IS_URGENT, Task.priority != "urgent")
    for rank, urgency in enumerate(urgencies):
        if after is not None and rank < after.urgency:
            continue
        some = tasks.where(IS_OPEN, IN_COLUMN[name], urgency)
        found.append(some.where(due_after(after)) if after and rank == after.urgency else some)
    return found


def _order(name: str) -> tuple[Any, ...]:
    if name == "done":
        return (Task.completed_at.desc(), Task.id.desc())
    return (urgency_rank, Task.due_at, Task.id)


def _closed_before(after: Cursor) -> ColumnElement[bool]:
    same = and_(Task.completed_at == after.moment, Task.id < after.id)
    return or_(Task.completed_at < after.moment, same)


def due_after(after: Cursor) -> ColumnElement[bool]:
    same = and_(Task.due_at == after.moment, Task.id > after.id)
    return or_(Task.due_at > after.moment, same)


def column_counts(viewer: Viewer, wanted: BoardFilter, today: Today) -> dict[str, tuple[int, int]]:
    """Cards by column: how many, and how many of them are open past their day; each up to CAP, so that
    counting costs the same however many there are. One statement."""
    parts: list[Any] = []
    for name in STATUSES:
        tasks = wanted.on_tasks(visible_tasks(viewer), viewer, today).where(
            Task.status.in_(STATUSES[name])
        )
        if name == "done":
            tasks = tasks.where(Task.completed_at >= today.at - timedelta(days=DONE_DAYS))
            late = tasks.where(false())
        else:
            tasks = tasks.where(IS_OPEN, IN_COLUMN[name])
            late = tasks.where(Task.due_at <= today.at)
        for what, found in ((name, tasks), (f"late_{name}", late)):
            few = found.with_only_columns(Task.id).order_by(None).limit(CAP).subquery(f"in_{what}")
            parts.append(select(func.count()).select_from(few).scalar_subquery().label(what))
    row = db.session.execute(select(*parts)).one()
    return {name: (row[2 * n], row[2 * n + 1]) for n, name in enumerate(STATUSES)}
