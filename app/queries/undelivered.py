"""The texts that did not arrive and that nobody has dealt with, longest lost first. A constant number of
statements, however many there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.access import seen, visible_messages, visible_tasks
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.message import Message, SendAttempt
from app.models.practice import Practice
from app.models.task import Task
from app.models.undelivered import undelivered
from app.models.viewer import Viewer
from messaging.delivery import MessageStatus

PAGE = 40
MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class LostText:
    """`is_unsure`: it may have arrived after all, nobody can say."""

    message: Message
    task: Task | None
    is_unsure: bool


@dataclass(frozen=True, slots=True)
class LostTexts:
    entries: list[LostText]
    count: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """How many texts wait for somebody, and since when the first of them does."""

    count: int
    since: datetime | None


def lost_texts(viewer: Viewer, *, at: datetime, pages: int = 1) -> LostTexts:
    """The first `pages` pages of what the viewer may see; its patients are reported as seen."""
    size = PAGE * min(max(pages, 1), MOST_PAGES)
    statement = (
        visible_messages(viewer)
        .where(undelivered(at=at))
        .options(
            joinedload(Message.patient),
            joinedload(Message.phone_number).joinedload(PhoneNumber.referrer),
            joinedload(Message.phone_number).joinedload(PhoneNumber.organization),
        )
        .order_by(Message.status_at, Message.id)
        .limit(size + 1)
    )
    rows = list(db.session.scalars(statement))
    shown = rows[:size]
    seen(viewer, [row.patient_id for row in shown if row.patient_id], through="undelivered")
    tasks, unsure = _tasks(viewer, shown), _unsure(viewer, shown)
    entries = [LostText(row, tasks.get(row.task_id), row.id in unsure) for row in shown]
    return LostTexts(entries, lost(viewer, at=at).count, len(rows) > size)


def lost(viewer: Viewer, *, at: datetime) -> Lost:
    """Count and age of what the viewer may see, in one statement."""
    statement = (
        visible_messages(viewer)
        .where(undelivered(at=at))
        .with_only_columns(func.count(), func.min(Message.status_at))
    )
    count, since = db.session.execute(statement).one()
    return Lost(count, since)


def lost_by_practice(*, at: datetime) -> list[tuple[Practice, Lost]]:
    """Every practice with such a text, for operators: counts and ages, nothing of a patient."""
    counted = (
        select(Message.practice_id, func.count().label("many"), func.min(Message.status_at).label("since"))
        .where(undelivered(at=at))
        .group_by(Message.practice_id)
        .subquery()
    )  # fmt: skip
    rows = db.session.execute(
        select(Practice, counted.c.many, counted.c.since)
        .join(counted, counted.c.practice_id == Practice.id)
        .order_by(Practice.slug)
    )
    return [(practice, Lost(many, since)) for practice, many, since in rows]


def _tasks(viewer: Viewer, messages: Iterable[Message]) -> Mapping[UUID | None, Task]:
    wanted = {row.task_id for row in messages if row.task_id}
    found = db.session.scalars(visible_tasks(viewer).where(Task.id.in_(wanted)))
    return {task.id: task for task in found}


def _unsure(viewer: Viewer, messages: Iterable[Message]) -> set[UUID]:
    """Those whose last try ended without an answer."""
    ids = [row.id for row in messages if row.status is not MessageStatus.EXPIRED]
    tries = db.session.execute(
        select(SendAttempt.message_id, SendAttempt.outcome)
        .where(SendAttempt.practice_id == viewer.practice_id, SendAttempt.message_id.in_(ids))
        .order_by(SendAttempt.epoch)
    )
    last = {message_id: outcome for message_id, outcome in tries}
    return {message_id for message_id, outcome in last.items() if outcome in (None, "in_doubt")}
