"""The timer a person has: the running one, or the newest whose minutes wait to be written down or that just
ended for want of activity."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, false, or_, select, true
from sqlalchemy.orm import joinedload

from app.access import practice_of
from app.core.db import db
from app.core.errors import NotFound
from app.models.viewer import Viewer
from app.models.work_timer import Reading, TimerEnd, TimerKind, WorkTimer

#: How long the bar goes on saying that a timer ended by itself.
SAYS_SO_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class TimerBar:
    timer: WorkTimer
    reading: Reading
    seconds: int
    idle_minutes: int
    is_too_long: bool

    @property
    def is_running(self) -> bool:
        return self.reading.is_running

    @property
    def is_call(self) -> bool:
        return self.timer.kind is TimerKind.CALL

    @property
    def waits(self) -> bool:
        """Ended, and its minutes are in no row: a call to be written down, or too long for one entry."""
        return self.timer.is_waiting


def visible_timers(viewer: Viewer) -> Select[WorkTimer]:
    """Their own; leads and admins see the practice's, so that a month can be closed."""
    own = WorkTimer.user_id == viewer.id if viewer.kind == "user" else false()
    return select(WorkTimer).where(
        WorkTimer.practice_id == viewer.practice_id, true() if viewer.sees_practice else own
    )


def timer_for(viewer: Viewer, timer_id: UUID) -> WorkTimer:
    """Raises NotFound for one the viewer may not see."""
    mine = visible_timers(viewer).where(WorkTimer.id == timer_id)
    found = db.session.scalars(mine).one_or_none()
    if found is None:
        raise NotFound
    return found


def timer_bar(viewer: Viewer, at: datetime) -> TimerBar | None:
    """What the bar on every page shows this person; None when there is nothing to show."""
    waits = and_(WorkTimer.touchpoint_id.is_(None), WorkTimer.dropped_at.is_(None))
    ended = and_(
        WorkTimer.ended_by == TimerEnd.IDLE, WorkTimer.stopped_at > at - SAYS_SO_FOR,
        WorkTimer.dropped_at.is_(None), WorkTimer.said_at.is_(None),
    )  # fmt: skip
    timer = db.session.scalars(
        visible_timers(viewer)
        .where(WorkTimer.user_id == viewer.id, or_(WorkTimer.stopped_at.is_(None), waits, ended))
        .options(joinedload(WorkTimer.patient))
        .order_by(WorkTimer.stopped_at.is_not(None), WorkTimer.started_at.desc())
        .limit(1)
    ).one_or_none()
    if timer is None:
        return None
    practice = practice_of(viewer)
    idle = timedelta(minutes=practice.timer_idle_minutes)
    seconds = timer.seconds(at, idle)
    return TimerBar(
        timer, timer.read(at, idle), seconds, practice.timer_idle_minutes,
        seconds > practice.longest_entry_minutes * 60,
    )  # fmt: skip
