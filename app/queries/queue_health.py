"""How the queue is doing, for /metrics, /readyz and the doctor: ages and counts over all practices, no
patient and no text."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, literal_column, select, text

from app.core.db import db
from app.models.lease import WorkerLease
from app.models.message import Message
from app.models.practice import Line
from app.models.task import OPEN_SQL, Task


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """Ages in seconds. `due` could leave now; `waiting` are queued for later as well."""

    due: int
    waiting: int
    oldest_due_seconds: float
    sending: int
    in_doubt: int
    oldest_doubt_seconds: float
    held: int
    stuck_tasks: int
    #: Lines their carrier takes nothing from for now.
    stopped_lines: int
    #: Whether some process holds the lease that runs the ticks.
    worker_seen: bool


def queue_health(*, at: datetime) -> QueueHealth:
    """Read the numbers in seven statements, each over a partial index."""
    waiting, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(Message.due_at <= at),
            func.min(Message.due_at),
        ).where(_status("queued"))
    ).one()
    doubts, doubtful_since = db.session.execute(
        select(func.count(), func.min(Message.status_at)).where(_status("in_doubt"))
    ).one()
    stuck = select(func.count()).where(Task.stuck_reason.is_not(None), text(OPEN_SQL))
    return QueueHealth(
        due=due,
        waiting=waiting,
        oldest_due_seconds=_age(oldest, at),
        sending=_count(select(func.count()).where(_status("sending"))),
        in_doubt=doubts,
        oldest_doubt_seconds=_age(doubtful_since, at),
        held=_count(select(func.count()).where(Message.held_reason.like("unknown keys%"))),
        stuck_tasks=_count(stuck),
        stopped_lines=_count(select(func.count()).where(Line.is_active, Line.stopped_until > at)),
        worker_seen=_worker_seen(at),
    )


def _status(word: str) -> ColumnElement[bool]:
    """The word itself, not a parameter: planners match partial indexes by it."""
    return Message.status == literal_column(f"'{word}'")


def _count(statement: Select[int]) -> int:
    return db.session.scalar(statement) or 0


def _worker_seen(at: datetime) -> bool:
    until = db.session.scalar(select(func.max(WorkerLease.lease_until)))
    return until is not None and until > at


def _age(since: datetime | None, at: datetime) -> float:
    return max((at - since).total_seconds(), 0.0) if since is not None else 0.0
