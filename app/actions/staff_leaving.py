"""What somebody's work becomes when they stop working here: tasks, threads, the running timer, leave, the
lead of a team, supervision and being on call, in one step."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app import access
from app.actions import absences, conversations, on_call, practices, task_changes, timers
from app.core.db import db
from app.models.absence import Absence, OnReturn
from app.models.care_team import CareTeam
from app.models.conversation import Conversation
from app.models.event import Actor, record
from app.models.on_call import OnCall
from app.models.practice import Practice
from app.models.task import OPEN_STATUSES, Task
from app.models.user import User
from app.models.viewer import Viewer, user_viewer


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many tasks and threads changed hands."""

    tasks: int
    threads: int


def hand_over(user: User, to: User | None, *, by: Actor, at: datetime) -> HandedOver:
    """Everything open goes to `to` as far as they may see it, the rest to the pools. Nobody is led,
    supervised or covered by the one who leaves."""
    timer = timers.running_of(user_viewer(user))
    if timer is not None:
        timers.stop(timer, by=by, at=at)
    _end_leave(user, by=by, at=at)
    _let_go_of_people(user, to, by=by, at=at)
    tasks = _owned(Task, user).where(Task.status.in_(OPEN_STATUSES))
    threads = _owned(Conversation, user)
    theirs = user_viewer(to) if to is not None else None
    handed = HandedOver(0, 0)
    for task, owner in _with_owners(tasks, Task, to, theirs):
        task_changes.assign(task, owner, by=by, at=at)
        handed = HandedOver(handed.tasks + 1, handed.threads)
    for thread, owner in _with_owners(threads, Conversation, to, theirs):
        conversations.assign(thread, owner, by=by, at=at)
        handed = HandedOver(handed.tasks, handed.threads + 1)
    return handed


def _owned(table: type[Any], user: User) -> Select[Any]:
    return select(table).where(table.practice_id == user.practice_id, table.owner_id == user.id)


def _with_owners(
    rows: Select[Any], table: type[Any], to: User | None, theirs: Viewer | None
) -> Iterable[tuple[Any, User | None]]:
    """Each row with who gets it: two statements, however many rows."""
    found = list(db.session.scalars(rows.order_by(table.id)))
    seen: set[UUID] = set()
    if theirs is not None:
        visible = access.visible_tasks if table is Task else access.visible_conversations
        ids = rows.with_only_columns(table.id)
        mine: Select[Any] = visible(theirs)
        seen = set(db.session.scalars(mine.where(table.id.in_(ids)).with_only_columns(table.id)))
    return [(row, to if row.id in seen else None) for row in found]


def _end_leave(user: User, *, by: Actor, at: datetime) -> None:
    """Leave that runs or is to come ends, and nothing comes back to who is gone."""
    rows = select(Absence).where(
        Absence.practice_id == user.practice_id, Absence.user_id == user.id,
        Absence.ended_at.is_(None), Absence.taken_back_at.is_(None),
    )  # fmt: skip
    for absence in db.session.scalars(rows):
        absence.on_return = OnReturn.STAYS
        absences.cut(absence, by=by, at=at)
    for table in (Task, Conversation):
        covered: Any = table
        kept = select(table).where(
            covered.practice_id == user.practice_id, covered.covering_for_id == user.id
        )
        row: Any
        for row in db.session.scalars(kept):
            row.covering_for_id = row.covered_since = None


def _let_go_of_people(user: User, to: User | None, *, by: Actor, at: datetime) -> None:
    led = select(CareTeam).where(
        CareTeam.practice_id == user.practice_id, CareTeam.leader_id == user.id
    )
    for team in db.session.scalars(led):
        practices.set_leader(team, to, by=by, at=at)
    supervised = select(User).where(
        User.practice_id == user.practice_id, User.supervisor_id == user.id
    )
    for each in db.session.scalars(supervised):
        each.supervisor_id, each.changed_at = None, at
        record(each, "user.changed", by=by, at=at,
               before={"supervisor_id": str(user.id)}, after={"supervisor_id": None})  # fmt: skip
    on_duty = db.session.get(OnCall, user.practice_id)
    if on_duty is not None and on_duty.user_id == user.id:
        practice = db.session.get_one(Practice, user.practice_id)
        on_call.name(practice, to, by=by, at=at)
