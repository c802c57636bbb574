"""Marking overdue, a batch at a time and inside the database, those due tasks that leave nothing to think
about: no rung of theirs was missed, nothing waits with them, nobody stands in for their leader. The others
are marked one by one. What is written is what `ladder.mark_overdue` writes: whoever changes one changes the
other, and a test compares them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import aliased

from app.actions import ladder, ladder_texts
from app.core.columns import UtcDateTime
from app.core.db import db
from app.core.dialects import facts, id_text, listed, packed
from app.core.ids import new_id
from app.models import topic_in_bulk
from app.models.absence import Absence
from app.models.care_team import CareTeam
from app.models.event import BOARD, SYSTEM, Event
from app.models.message import Message
from app.models.task import OPEN_STATUSES, Needs, Task
from app.models.topic_in_bulk import Numbering, numbering
from app.queries.absences import running

_TASK, _TEAM, _EVENT = (cast("Table", each.__table__) for each in (Task, CareTeam, Event))
_AT: Any = bindparam("at", type_=UtcDateTime)


def mark(*, at: datetime, most: int) -> tuple[int, int]:
    """Mark up to `most` of them, the oldest first. Returns how many were looked at, and how many marked.

    It numbers what it writes: the caller commits next, and does nothing else in this transaction.
    """
    claimed = _claim(at, most)
    marked = _mark(claimed, at) if claimed else []
    if marked:
        _tell(marked, at)
    return len(claimed), len(marked)


def _claim(at: datetime, most: int) -> Sequence[str]:
    """The keys of due tasks that nobody else is at, packed; another sweep gets others."""
    due = ladder.overdue(at).where(or_(Task.next_step_at.is_(None), Task.next_step_at > at))
    keys = due.with_only_columns(packed(_TASK.c.practice_id, _TASK.c.id)).limit(most)
    return db.session.scalars(keys.with_for_update(skip_locked=True, of=Task)).all()


def _mark(claimed: Sequence[str], at: datetime) -> Sequence[str]:
    """Write the tasks themselves. What waits with them is read now that they are locked."""
    given = {"claimed": json.dumps(claimed), "at": at}
    return db.session.scalars(_statements(db.engine.dialect.name).mark, given).all()


def _tell(marked: Sequence[str], at: datetime) -> None:
    """Two events a task, in the order of their ids: the day is over, then it climbs."""
    statements = _statements(db.engine.dialect.name)
    rows = [f"{key}{new_id().hex}{new_id().hex}" for key in marked]
    given = {"marked": json.dumps(rows), "at": at}
    db.session.execute(statements.write_events, given)
    topic_in_bulk.number(db.session, statements.numbering, given)


@dataclass(frozen=True, slots=True)
class _Statements:
    mark: Any
    write_events: Any
    numbering: Numbering


@cache
def _statements(_dialect: str) -> _Statements:
    """Built once for each kind of database."""
    marked = listed("marked", "practice_id", "task_id", "overdue_id", "escalated_id")
    return _Statements(
        mark=_marking(listed("claimed", "practice_id", "task_id")),
        write_events=_writing(marked),
        numbering=numbering(
            _topics_of(marked),
            select(marked.c.practice_id, literal(Task.change_kind).label("kind"),
                   marked.c.task_id.label("row_id")),
        ),
    )  # fmt: skip


def _marking(claimed: CTE) -> Any:
    """A hand that is wanted already stays what the card asks for."""
    hands_on = _TASK.c.needs.in_(ladder.HANDS_ON)
    stays = _TASK.c.needs.in_([*ladder.HANDS_ON, Needs.LEAD_DECISION])
    return (
        update(_TASK)
        .where(_is(_TASK, claimed), ~_is_busy(), ~_has_stand_in())
        .values(
            overdue_since=_TASK.c.due_at,
            escalated_at=_AT,
            needs=case((hands_on, _TASK.c.needs), else_=Needs.LEAD_DECISION),
            needs_since=case((stays, _TASK.c.needs_since), else_=_AT),
            updated_at=case((hands_on, _TASK.c.updated_at), else_=_AT),
            next_step_at=None,
            waits_for=None,
        )
        .returning(packed(_TASK.c.practice_id, _TASK.c.id))
    )


def _is(task: Any, listing: CTE) -> ColumnElement[bool]:
    return and_(task.c.practice_id == listing.c.practice_id, task.c.id == listing.c.task_id)


def _is_busy() -> ColumnElement[bool]:
    """A text of the task has not left, or another task waits for its question (`ladder_stops.busy_among`)."""
    other = aliased(Task)
    texts = select(Message.id).where(
        Message.practice_id == _TASK.c.practice_id,
        Message.task_id == _TASK.c.id,
        *ladder_texts.not_left(),
    )
    waits = select(other.id).where(
        other.practice_id == _TASK.c.practice_id,
        other.waits_for == _TASK.c.id,
        other.next_step_at.is_not(None),
        other.status.in_(OPEN_STATUSES),
    )
    return or_(exists(texts.correlate(_TASK)), exists(waits.correlate(_TASK)))


def _has_stand_in() -> ColumnElement[bool]:
    """The leader it climbs to is away: who stands in is `cover`'s to say."""
    away = select(Absence.id).where(
        Absence.practice_id == CareTeam.practice_id,
        Absence.user_id == CareTeam.leader_id,
        running(_AT),
        CareTeam.practice_id == _TASK.c.practice_id,
        CareTeam.id == _TASK.c.care_team_id,
    )
    return exists(away.correlate(_TASK))


def _writing(marked: CTE) -> Any:
    leader = id_text(_TEAM.c.leader_id)
    both = union_all(
        _event(marked, marked.c.overdue_id, "task.overdue", facts(due_on=_TASK.c.due_on)),
        _event(marked, marked.c.escalated_id, "task.escalated", facts(leader_id=leader)),
    )
    return insert(_EVENT).from_select(_WRITTEN, both, include_defaults=False)


_WRITTEN = ("practice_id", "id", "kind", "at", "actor_kind", "subject_type", "subject_id",
            "patient_id", "facts")  # fmt: skip


def _event(marked: CTE, event_id: Any, kind: str, of: Any) -> Select[Any]:
    team = and_(_TEAM.c.practice_id == _TASK.c.practice_id, _TEAM.c.id == _TASK.c.care_team_id)
    return select(
        marked.c.practice_id, event_id, literal(kind), _AT, literal(SYSTEM.kind),
        literal(Task.__tablename__), marked.c.task_id, _TASK.c.patient_id, of,
    ).select_from(
        marked.join(_TASK, _is(_TASK, marked)).outerjoin(_TEAM, team)
    )  # fmt: skip


def _topics_of(marked: CTE) -> CompoundSelect[Any]:
    """Both events move the board and the patient (`models.event.topics_of`)."""
    patient = literal("patient:").concat(id_text(_TASK.c.patient_id))
    moved = marked.join(_TASK, _is(_TASK, marked))
    return union_all(
        select(marked.c.practice_id, literal(BOARD).label("topic")),
        select(marked.c.practice_id, patient.label("topic")).select_from(moved),
    )
