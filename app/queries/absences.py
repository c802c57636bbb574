"""Leave, as pages and sweeps read it: what is entered, who is away now, and what would go to whom."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from app.access import visible_conversations, visible_tasks
from app.core.db import db
from app.core.errors import NotFound
from app.models.absence import Absence
from app.models.care_team import CareTeam
from app.models.conversation import Conversation
from app.models.task import OPEN_STATUSES, Task
from app.models.user import User
from app.models.viewer import Viewer, system_viewer, user_viewer

LATELY = 20


def visible_absences(viewer: Viewer) -> Select[Absence]:
    """Everybody who works in a practice knows who is away there."""
    viewer.check_staff()
    return select(Absence).where(Absence.practice_id == viewer.practice_id)


def absence_for(viewer: Viewer, absence_id: UUID) -> Absence:
    """Raises NotFound for leave that is not there or another practice's."""
    found = db.session.scalars(
        visible_absences(viewer).where(Absence.id == absence_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def listed(viewer: Viewer) -> tuple[list[Absence], list[Absence]]:
    """What runs or is still to come, and the newest of what is over."""
    both = (joinedload(Absence.user), joinedload(Absence.cover))
    rows = visible_absences(viewer).where(Absence.taken_back_at.is_(None)).options(*both)
    coming = rows.where(Absence.ended_at.is_(None)).order_by(Absence.starts_at, Absence.id)
    over = rows.where(Absence.ended_at.is_not(None)).order_by(Absence.ends_at.desc(), Absence.id)
    return list(db.session.scalars(coming)), list(db.session.scalars(over.limit(LATELY)))


def running(at: datetime) -> ColumnElement[bool]:
    """Condition on Absence: the person is away at this moment."""
    return and_(
        Absence.ended_at.is_(None),
        Absence.taken_back_at.is_(None),
        Absence.starts_at <= at,
        Absence.ends_at > at,
    )


def away(practice_id: UUID, user_ids: Iterable[UUID], *, at: datetime) -> Mapping[UUID, Absence]:
    """Who of these is away now."""
    rows = select(Absence).where(
        Absence.practice_id == practice_id, Absence.user_id.in_(list(user_ids)), running(at)
    )
    return {row.user_id: row for row in db.session.scalars(rows)}


def covered_by(viewer: Viewer, *, at: datetime) -> list[Absence]:
    """For whom the viewer stands in now."""
    rows = select(Absence).where(
        Absence.practice_id == viewer.practice_id, Absence.cover_id == viewer.id, running(at)
    )
    return list(db.session.scalars(rows.options(joinedload(Absence.user))))


def leads_covered(viewer: Viewer, at: datetime) -> ColumnElement[bool]:
    """Condition on Task: it climbed to a leader who is away and for whom the viewer stands in."""
    team = aliased(CareTeam)
    return and_(
        Task.escalated_at.is_not(None),
        exists(
            select(team.id)
            .join(
                Absence,
                and_(Absence.practice_id == team.practice_id, Absence.user_id == team.leader_id),
            )
            .where(
                team.practice_id == Task.practice_id,
                team.id == Task.care_team_id,
                Absence.cover_id == viewer.id,
                running(at),
            )
            .correlate(Task)
        ),
    )


@dataclass(frozen=True, slots=True)
class Share:
    """What goes to one place: a person, or a team's pool."""

    place: str
    tasks: int
    threads: int


def shares(user: User, cover: User | None) -> list[Share]:
    """Where the person's open work would go: the cover's as far as they may see it, the rest to the pools."""
    everything = system_viewer(user.practice_id)
    tasks = visible_tasks(everything).where(
        Task.owner_id == user.id, Task.status.in_(OPEN_STATUSES)
    )
    threads = visible_conversations(everything).where(
        Conversation.owner_id == user.id, Conversation.waiting_since.is_not(None)
    )
    to_cover: Counter[str] = Counter()
    if cover is not None:
        theirs = user_viewer(cover)
        seen_tasks = visible_tasks(theirs).with_only_columns(Task.id)
        seen_threads = visible_conversations(theirs).with_only_columns(Conversation.id)
        to_cover["tasks"] = _count(tasks.where(Task.id.in_(seen_tasks)))
        to_cover["threads"] = _count(threads.where(Conversation.id.in_(seen_threads)))
        tasks = tasks.where(Task.id.not_in(seen_tasks))
        threads = threads.where(Conversation.id.not_in(seen_threads))
    found = _pools(user.practice_id, tasks)
    left = _count(threads)
    if left:
        found.append(Share("The inbox, for everybody", 0, left))
    if cover is not None:
        found.insert(0, Share(cover.name, to_cover["tasks"], to_cover["threads"]))
    return found


def _pools(practice_id: UUID, tasks: Select[Task]) -> list[Share]:
    team = aliased(CareTeam)
    rows = db.session.execute(
        tasks.outerjoin(
            team, and_(team.practice_id == Task.practice_id, team.id == Task.care_team_id)
        )
        .with_only_columns(team.name, func.count())
        .group_by(team.name)
        .order_by(team.name)
    )
    return [Share(f"{name or 'Everybody'}: the pool", count, 0) for name, count in rows]


def _count(statement: Select[Task] | Select[Conversation]) -> int:
    found = select(func.count()).select_from(statement.subquery())
    return int(db.session.scalar(found) or 0)


def overlapping(user: User, starts_at: datetime, ends_at: datetime) -> Absence | None:
    """Leave of the same person that shares a moment with this one."""
    rows = select(Absence).where(
        Absence.practice_id == user.practice_id,
        Absence.user_id == user.id,
        Absence.ended_at.is_(None),
        Absence.taken_back_at.is_(None),
        Absence.starts_at < ends_at,
        Absence.ends_at > starts_at,
    )
    return db.session.scalars(rows.limit(1)).first()


def unfinished(user: User) -> bool:
    """Whether they are on leave, or have some to come."""
    rows = select(Absence.id).where(
        Absence.practice_id == user.practice_id,
        Absence.user_id == user.id,
        Absence.ended_at.is_(None),
        Absence.taken_back_at.is_(None),
    )
    return db.session.scalars(rows.limit(1)).first() is not None
