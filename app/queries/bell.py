"""What needs this person now, in counts: the bell and its list."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, text

from app.access import visible_conversations, visible_tasks
from app.core.db import db
from app.models.conversation import Conversation
from app.models.message import Message
from app.models.task import NEEDS_SQL, Task
from app.models.user import Role
from app.models.viewer import Viewer
from app.queries.board import CAP, IS_OPEN
from app.queries.held import waiting_held
from app.queries.offices import asked_count, waiting_count
from app.queries.undelivered import lost
from messaging.delivery import MessageStatus

#: The words of its partial index, as they stand there.
NEEDS_SOMEBODY = text(NEEDS_SQL)


@dataclass(frozen=True, slots=True)
class Bell:
    """Tasks are counted up to `queries.board.CAP`; the page says "99+"."""

    waiting: int
    needing: int
    overdue: int
    unsent: int
    #: Texts that did not arrive. Their tasks and threads are counted above already.
    lost: int
    #: Texts that wait for the carrier's word; a lead's to see to.
    held: int
    #: Of those who wait: threads with urgent words.
    urgent: int = 0
    #: Patients referred by link that wait to be matched, and questions of offices.
    referred: int = 0
    asked: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.needing + self.overdue + self.unsent + self.referred + self.asked


def _mine(viewer: Viewer) -> ColumnElement[bool]:
    """My own tasks and those nobody took; a lead also what was escalated."""
    mine = or_(Task.owner_id == viewer.id, Task.owner_id.is_(None))
    if viewer.role in (Role.LEAD, Role.ADMIN):
        return or_(mine, Task.escalated_at.is_not(None))
    return mine


def bell(viewer: Viewer, *, at: datetime) -> Bell:
    """Counts for the bell, in one statement each."""
    waiting = visible_conversations(viewer).where(
        Conversation.waiting_since.is_not(None),
        or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= at),
        or_(Conversation.owner_id == viewer.id, Conversation.owner_id.is_(None)),
    )
    overdue, needing = _tasks(viewer, at)
    waits, urgent = _waits(waiting)
    return Bell(
        waiting=waits,
        needing=needing,
        overdue=overdue,
        unsent=_unsent(viewer),
        lost=lost(viewer, at=at).count,
        held=_held(viewer),
        urgent=urgent,
        referred=waiting_count(viewer),
        asked=asked_count(viewer),
    )


def _tasks(viewer: Viewer, at: datetime) -> tuple[int, int]:
    """Overdue ones, and others that a person has to do something about; each up to CAP, along an index of
    its own, so that they cost the same however many tasks are open."""
    mine = visible_tasks(viewer).where(IS_OPEN, _mine(viewer)).with_only_columns(Task.id)
    parts = (
        mine.where(Task.due_at <= at).limit(CAP).subquery("late"),
        mine.where(Task.due_at > at, NEEDS_SOMEBODY).limit(CAP).subquery("needing"),
    )
    counts = (select(func.count()).select_from(part).scalar_subquery() for part in parts)
    overdue, needing = db.session.execute(select(*counts)).one()
    return overdue, needing


def _held(viewer: Viewer) -> int:
    return waiting_held(viewer) if viewer.role in (Role.LEAD, Role.ADMIN) else 0


def _waits(statement: Select[Conversation]) -> tuple[int, int]:
    """How many threads wait, and how many of them with urgent words."""
    urgent = func.count().filter(Conversation.urgent_since.is_not(None))
    counts = statement.with_only_columns(func.count(Conversation.id), urgent)
    waits, pressing = db.session.execute(counts).one()
    return waits, pressing


def _unsent(viewer: Viewer) -> int:
    """Texts this person wrote whose fate is unknown: only a person can decide."""
    statement = select(func.count()).where(
        Message.practice_id == viewer.practice_id,
        Message.author_id == viewer.id,
        Message.status == MessageStatus.IN_DOUBT,
    )
    return db.session.scalar(statement) or 0
