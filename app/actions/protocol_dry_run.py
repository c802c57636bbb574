"""What a change of a protocol would have done last month: its tasks replayed under the version in force and
under the changed one, page by page. Reads only."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_
from sqlalchemy.orm import joinedload

from app import access
from app.actions import protocol_cases
from app.actions.protocol_cases import Around
from app.core.db import db
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.protocol_definition import Definition
from app.models.protocol_replay import Replayed, replay
from app.models.task import Task, TaskType
from app.models.task_deadline import GIVEN, due_of
from app.models.viewer import Viewer

PAGE = 100
#: More than this many tasks of a month are not looked at; the page says so.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """One task under both versions."""

    task: Task
    before: Replayed
    after: Replayed

    @property
    def patient(self) -> Patient:
        return self.task.patient

    @property
    def differs(self) -> bool:
        before, after = self.before, self.after
        return (before.texts, before.calls, before.missed) != (
            after.texts,
            after.calls,
            after.missed,
        )


@dataclass(slots=True)
class Totals:
    """Counts so far, under the version in force and under the changed one."""

    looked: int = 0
    differ: int = 0
    texts_before: int = 0
    texts_after: int = 0
    calls_before: int = 0
    calls_after: int = 0
    missed_before: int = 0
    missed_after: int = 0

    @classmethod
    def read(cls, written: str) -> "Totals":
        """Totals as a page passes them on; odd ones begin at nothing."""
        parts = written.split("-")
        names = [each.name for each in fields(cls)]
        if len(parts) != len(names) or not all(p.isdecimal() and len(p) < 9 for p in parts):
            return cls()
        return cls(**dict(zip(names, map(int, parts), strict=True)))

    def __str__(self) -> str:
        return "-".join(str(value) for value in asdict(self).values())

    def add(self, line: Line) -> None:
        self.looked += 1
        self.differ += line.differs
        self.texts_before += len(line.before.texts)
        self.texts_after += len(line.after.texts)
        self.calls_before += len(line.before.calls)
        self.calls_after += len(line.after.calls)
        self.missed_before += line.before.missed
        self.missed_after += line.after.missed


@dataclass(frozen=True, slots=True)
class Month:
    """The calendar month before `at`, where the practice is: from the first instant up to the last."""

    start: datetime
    end: datetime

    @classmethod
    def before(cls, at: datetime, zone: str) -> "Month":
        here = ZoneInfo(zone)
        first = at.astimezone(here).date().replace(day=1)
        earlier = first.replace(
            year=first.year - (first.month == 1), month=(first.month - 2) % 12 + 1
        )
        return cls(
            datetime.combine(earlier, time(), tzinfo=here),
            datetime.combine(first, time(), tzinfo=here),
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Part of the result. `next` is where to go on, None at the end; `tasks` how many there are in all."""

    month: Month
    lines: list[Line]
    totals: Totals
    tasks: int
    next: str | None


def page(
    viewer: Viewer, current: Definition, changed: Definition, *, at: datetime,
    after: str = "", totals: Totals | None = None,
) -> Page:  # fmt: skip
    """The next page of last month's tasks under both versions. Raises Invalid for an odd `after`."""
    practice = access.practice_of(viewer)
    month, so_far = Month.before(at, practice.time_zone), totals or Totals()
    tasks = _tasks(viewer, TaskType(current.task_type), month, after)
    known = protocol_cases.around(viewer, tasks, [current, changed])
    lines = [_line(task, known, current, changed) for task in tasks]
    for line in lines:
        so_far.add(line)
    access.seen(viewer, [line.task.patient_id for line in lines], through="protocol dry run")
    count = _count(viewer, TaskType(current.task_type), month)
    more = len(tasks) == PAGE and so_far.looked < min(count, MOST)
    last = f"{tasks[-1].created_at.isoformat()}|{tasks[-1].id}" if more else None
    return Page(month, [line for line in lines if line.differs], so_far, count, last)


def _line(task: Task, known: Around, current: Definition, changed: Definition) -> Line:
    case = protocol_cases.case_of(task, known)
    before, after = (
        replay(each, case, due_at=_due_at(task, each, known.practice))
        for each in (current, changed)
    )
    return Line(task, before, after)


def _due_at(task: Task, definition: Definition, practice: Practice) -> datetime:
    """A day somebody set by hand stays; else what the version says."""
    if task.due_rule == GIVEN:
        return task.due_at
    return due_of(definition, practice, protocol_cases.moments_of(task)).at


def _of_month(viewer: Viewer, kind: TaskType, month: Month):  # type: ignore[no-untyped-def]
    return access.visible_tasks(viewer).where(
        Task.type == kind, Task.created_at >= month.start, Task.created_at < month.end
    )


def _count(viewer: Viewer, kind: TaskType, month: Month) -> int:
    found = _of_month(viewer, kind, month).with_only_columns(func.count(Task.id))
    return db.session.scalar(found) or 0


def _tasks(viewer: Viewer, kind: TaskType, month: Month, after: str) -> list[Task]:
    rows = _of_month(viewer, kind, month).options(joinedload(Task.patient))
    if after:
        at, id_ = _cursor(after)
        rows = rows.where(or_(Task.created_at > at, and_(Task.created_at == at, Task.id > id_)))
    return list(db.session.scalars(rows.order_by(Task.created_at, Task.id).limit(PAGE)))


def _cursor(after: str) -> tuple[datetime, UUID]:
    written, _, id_ = after.partition("|")
    found = parse_id(id_)
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or found is None:
        raise Invalid("That page of the dry run is not there. Begin again.")
    return at, found
