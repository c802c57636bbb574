"""Standing in: what an absent owner's work does while they are away. It goes to the cover, from there to
the pool when it presses and nobody acts, and afterwards back or not, as the leave says."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from app import access
from app.core.db import db
from app.models.absence import Absence, Handing, OnReturn
from app.models.conversation import Conversation
from app.models.event import SYSTEM, Event, record
from app.models.practice import Practice
from app.models.task import OPEN_STATUSES, Task
from app.models.user import User
from app.models.viewer import user_viewer
from app.queries.absences import away
from messaging.quiet_hours import end_of_local_day

Work = Task | Conversation


def begin(absence: Absence, *, at: datetime) -> None:
    absence.began_at = at
    record(absence, "absence.began", by=SYSTEM, at=at)


def finish(absence: Absence, *, at: datetime) -> None:
    absence.ended_at = at
    record(absence, "absence.ended", by=SYSTEM, at=at)


def stand_in(practice_id: UUID, user_id: UUID, *, at: datetime) -> UUID | None:
    """Who stands in for somebody who is away; None when they are here, or nobody does."""
    absence = away(practice_id, [user_id], at=at).get(user_id)
    cover = _cover_of(absence, at=at) if absence else None
    return cover.id if cover else None


# What moves, as selects of one practice's rows -----------------------------------------------------


def to_cover(absence: Absence, *, at: datetime) -> list[Select[Any]]:
    """The absent owner's: everything open, or what falls due today, climbs or needs a person; and threads
    in which a patient waits."""
    zone = db.session.get_one(Practice, absence.practice_id).time_zone
    tonight = end_of_local_day(at.astimezone(ZoneInfo(zone)).date(), zone)
    pressing = or_(Task.due_at <= tonight, Task.escalated_at.is_not(None), Task.needs.is_not(None))
    tasks = _mine(Task, absence).where(Task.owner_id == absence.user_id, _open())
    if absence.handing is not Handing.ALL:
        tasks = tasks.where(pressing)
    threads = _mine(Conversation, absence).where(
        Conversation.owner_id == absence.user_id,
        Conversation.waiting_since.is_not(None),
        or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= at),
    )
    return [tasks, threads]


def to_pool(absence: Absence, *, at: datetime) -> list[Select[Any]]:
    """What presses and lay with the cover for too long, nobody having touched it."""
    patience = at - timedelta(minutes=absence.pool_after_minutes)
    tasks = _covered(Task, absence).where(
        _open(),
        Task.covered_since <= patience,
        or_(
            and_(Task.needs.is_not(None), Task.needs_since <= patience),
            Task.overdue_since <= patience,
        ),
        ~_touched(Task),
    )
    threads = _covered(Conversation, absence).where(
        Conversation.waiting_since <= patience,
        Conversation.covered_since <= patience,
        or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= at),
    )
    return [tasks, threads]


def to_return(absence: Absence) -> list[Select[Any]]:
    """Everything that went over and is still open."""
    return [
        select(Task).where(*_went_over(Task, absence), _open()),
        select(Conversation).where(*_went_over(Conversation, absence)),
    ]


def _open() -> ColumnElement[bool]:
    return Task.status.in_(OPEN_STATUSES)


def _mine(table: type[Any], absence: Absence) -> Select[Any]:
    return select(table).where(table.practice_id == absence.practice_id)


def _went_over(table: type[Any], absence: Absence) -> tuple[ColumnElement[bool], ...]:
    return (
        table.practice_id == absence.practice_id,
        table.covering_for_id == absence.user_id,
    )


def _covered(table: type[Any], absence: Absence) -> Select[Any]:
    return select(table).where(*_went_over(table, absence), table.owner_id.is_not(None))


def _touched(table: type[Task]) -> ColumnElement[bool]:
    """A person did something with it since it went over."""
    return exists(
        select(Event.id).where(
            Event.practice_id == table.practice_id,
            Event.subject_type == table.__tablename__,
            Event.subject_id == table.id,
            Event.actor_kind == "user",
            Event.at >= table.covered_since,
        )
    )


# The moves themselves ------------------------------------------------------------------------------


def hand_over(row: Work, absence: Absence, *, at: datetime) -> None:
    """From the absent owner to the cover, or to the pool where there is none who may see it."""
    cover = _cover_of(absence, at=at)
    if cover is not None and not _may_see(cover, row):
        cover = None
    _give(row, cover.id if cover else None, "handed_over", at=at)
    row.covering_for_id, row.covered_since = absence.user_id, at


def let_go(row: Work, _absence: Absence, *, at: datetime) -> None:
    """From the cover to the pool: everybody who may see it does."""
    _give(row, None, "pooled", at=at)


def give_back(row: Work, absence: Absence, *, at: datetime) -> None:
    """The absence is over: its owner has it again, or whoever has it now keeps it."""
    if absence.on_return is OnReturn.BACK:
        _give(row, absence.user_id, "came_back", at=at)
    row.covering_for_id = row.covered_since = None


def _give(row: Work, owner_id: UUID | None, what: str, *, at: datetime) -> None:
    noun = "task" if isinstance(row, Task) else "conversation"
    was, row.owner_id = row.owner_id, owner_id
    if isinstance(row, Task):
        row.updated_at = at
    record(row, f"{noun}.{what}", by=SYSTEM, at=at, was=str(was) if was else None,
           owner_id=str(owner_id) if owner_id else None)  # fmt: skip


def _cover_of(absence: Absence, *, at: datetime) -> User | None:
    """The cover named, unless they left or are away themselves."""
    if absence.cover_id is None:
        return None
    cover = db.session.get(User, (absence.practice_id, absence.cover_id))
    if cover is None or not cover.is_active:
        return None
    return None if away(absence.practice_id, [cover.id], at=at) else cover


def _may_see(cover: User, row: Work) -> bool:
    viewer = user_viewer(cover)
    if isinstance(row, Task):
        mine: Select[Any] = access.visible_tasks(viewer).where(Task.id == row.id)
        return db.session.scalar(mine.with_only_columns(Task.id)) is not None
    mine = access.visible_conversations(viewer).where(Conversation.id == row.id)
    return db.session.scalar(mine.with_only_columns(Conversation.id)) is not None
