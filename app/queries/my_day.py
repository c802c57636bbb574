"""My day: who needs this person now, grouped by patient. Unanswered messages first (urgent words before
all, then the oldest) with what was said last, then by urgency and due day. Everything open of a patient
stands together, so that one call serves it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_
from sqlalchemy.orm import joinedload

from app.access import seen, visible_conversations, visible_tasks
from app.core.db import db
from app.models.conversation import Conversation
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import OPEN_STATUSES, Needs, Task, TaskStatus
from app.models.user import Role
from app.models.viewer import Viewer
from app.queries.absences import leads_covered
from app.queries.board import MOST_PAGES, PAGE, urgency_rank
from app.queries.board_filter import BoardFilter, Today
from app.queries.incoming_calls import unanswered_calls
from app.queries.intake_weeks import unmatched
from app.queries.last_words import last_messages
from app.queries.offices import Waiting

MOST_WAITING = 50


@dataclass(slots=True)
class Group:
    """A patient with what is open for them; `conversation` when their message waits for an answer."""

    patient: Patient
    tasks: list[Task] = field(default_factory=list)
    conversation: Conversation | None = None

    def is_due(self, task: Task, until: datetime) -> bool:
        """Part of today, rather than only shown so that the same call can serve it."""
        return task.due_at <= until or bool(task.needs or task.stuck_reason)


@dataclass(slots=True)
class MyDay:
    waiting: list[Group]
    groups: list[Group]
    #: Threads of numbers nobody knows yet, and of referring offices, waiting too.
    intake: list[Conversation]
    has_more: bool
    until: datetime
    #: The newest message, and the call that waits for a call back, of each thread that waits.
    last: Mapping[UUID, Message]
    calls: Mapping[UUID, IncomingCall]
    #: Patients that offices referred by link, and nobody has matched yet.
    referred: Sequence[Waiting] = ()

    @property
    def in_line(self) -> list[tuple[Conversation, Group | None]]:
        """Every thread that waits, urgent words first, then the longest; no group where nobody knows the
        number yet."""
        line = [(g.conversation, g) for g in self.waiting if g.conversation is not None]
        everybody: list[tuple[Conversation, Group | None]] = [
            *line,
            *((t, None) for t in self.intake),
        ]
        return sorted(everybody, key=self._place)

    def _place(self, each: tuple[Conversation, Group | None]) -> tuple[bool, datetime, UUID]:
        thread = each[0]
        return (thread.urgent_since is None, thread.waiting_since or self.until, thread.id)

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.groups or self.intake or self.referred)


def my_day(viewer: Viewer, wanted: BoardFilter, today: Today, *, pages: int = 1) -> MyDay:
    """The first `pages` pages of groups. A constant number of statements, however long the day."""
    threads = [] if wanted.is_about_tasks else _waiting(viewer, wanted, today)
    by_patient = {t.patient_id: t for t in threads if t.patient_id is not None}
    size = PAGE * min(max(pages, 1), MOST_PAGES)
    due = _due_patients(viewer, wanted, today, size=size + 1, without=set(by_patient))
    tasks = _open_tasks(viewer, {*by_patient, *due[:size]})
    waiting = [
        Group(thread.patient, tasks.get(patient_id, []), thread)
        for patient_id, thread in by_patient.items()
        if thread.patient is not None
    ]
    groups = [Group(tasks[id_][0].patient, tasks[id_]) for id_ in due[:size] if id_ in tasks]
    seen(viewer, [group.patient.id for group in (*waiting, *groups)], through="board")
    intake = [thread for thread in threads if thread.patient_id is None]
    last = last_messages(viewer, [thread.id for thread in threads])
    calls = unanswered_calls(viewer, threads)
    referred = () if wanted.is_set else unmatched(viewer)
    return MyDay(waiting, groups, intake, len(due) > size, today.midnight(1), last, calls, referred)


def _waiting(viewer: Viewer, wanted: BoardFilter, today: Today) -> list[Conversation]:
    """Threads that wait for an answer, mine or nobody's: urgent words first, then the oldest."""
    statement = visible_conversations(viewer).where(
        Conversation.waiting_since.is_not(None),
        or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= today.at),
        _mine(Conversation.owner_id, viewer),
    )
    if wanted.q or wanted.subgroup:
        statement = statement.where(wanted.patients(Conversation.patient_id, viewer, today))
    statement = (
        statement.options(
            joinedload(Conversation.patient),
            joinedload(Conversation.phone_number),
            joinedload(Conversation.referrer),
            joinedload(Conversation.organization),
        )
        .order_by(Conversation.urgent_since.is_(None), Conversation.waiting_since, Conversation.id)
        .limit(MOST_WAITING)
    )
    return list(db.session.scalars(statement))


def _mine(owner: Any, viewer: Viewer) -> ColumnElement[bool]:
    return or_(owner == viewer.id, owner.is_(None))


def _for_me(viewer: Viewer, wanted: BoardFilter, at: datetime) -> ColumnElement[bool]:
    """Mine, nobody's, and for a lead what waits for a lead; a chosen owner replaces that."""
    if wanted.owner:
        return Task.id.is_not(None)
    mine = _mine(Task.owner_id, viewer)
    if viewer.role in (Role.LEAD, Role.ADMIN):
        return or_(mine, Task.needs == Needs.LEAD_DECISION, Task.escalated_at.is_not(None))
    return or_(mine, leads_covered(viewer, at))


def _due_patients(
    viewer: Viewer, wanted: BoardFilter, today: Today, *, size: int, without: set[UUID]
) -> list[UUID]:
    """Patients with something to do today, most urgent first."""
    is_today = or_(
        Task.due_at <= today.midnight(1),
        Task.needs.is_not(None),
        Task.stuck_reason.is_not(None),
    )
    held = and_(Task.status == TaskStatus.ON_HOLD, Task.due_at > today.at)
    tasks: Select[Any] = wanted.on_tasks(visible_tasks(viewer), viewer, today)
    statement = (
        tasks.where(
            Task.status.in_(OPEN_STATUSES), is_today, ~held, _for_me(viewer, wanted, today.at)
        )
        .where(Task.patient_id.notin_(without))
        .with_only_columns(Task.patient_id)
        .group_by(Task.patient_id)
        .order_by(func.min(urgency_rank), func.min(Task.due_at), Task.patient_id)
        .limit(size)
    )
    return list(db.session.scalars(statement))


def _open_tasks(viewer: Viewer, patient_ids: set[UUID]) -> dict[UUID, list[Task]]:
    statement = (
        visible_tasks(viewer)
        .where(Task.status.in_(OPEN_STATUSES), Task.patient_id.in_(patient_ids))
        .options(joinedload(Task.patient), joinedload(Task.owner), joinedload(Task.covering_for))
        .order_by(urgency_rank, Task.due_at, Task.id)
    )
    found: dict[UUID, list[Task]] = {}
    for task in db.session.scalars(statement):
        found.setdefault(task.patient_id, []).append(task)
    return found
