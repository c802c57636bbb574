"""A stopwatch of one member of staff for a task, a call or a thread. It keeps when somebody last did
something, so that time nobody worked is never credited; its minutes end up in one row of the ledger."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.patient import Patient


class TimerKind(StrEnum):
    TASK = "task"
    CALL = "call"
    CONVERSATION = "conversation"


class TimerEnd(StrEnum):
    STOPPED = "stopped"
    #: Nobody did anything for the practice's idle minutes: it ended with the last thing done.
    IDLE = "idle"
    #: The same person started another one.
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class Reading:
    """A timer at one moment: when it ended or has got to, and whether it ran out of activity."""

    until: datetime
    is_running: bool
    is_idle: bool


class WorkTimer(Row):
    __tablename__ = "work_timer"
    __table_args__ = (
        of_practice(),
        refers("user_id", "user_account"),
        refers("patient_id", "patient"),
        refers("task_id", "task"),
        refers("conversation_id", "conversation"),
        refers("touchpoint_id", "touchpoint"),
        CheckConstraint("active_at >= started_at", "activity_follows"),
        #: One person works on one thing at a time.
        Index("uq_work_timer_running", "practice_id", "user_id", unique=True,
              sqlite_where=text("stopped_at IS NULL"),
              postgresql_where=text("stopped_at IS NULL")),
        Index(None, "practice_id", "started_at"),
    )  # fmt: skip

    user_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    kind: Mapped[TimerKind]
    task_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    #: When the person last did something while it ran.
    active_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    ended_by: Mapped[TimerEnd | None]
    #: The row its minutes went into. Without one, and not dropped, they wait to be written down.
    touchpoint_id: Mapped[UUID | None]
    dropped_at: Mapped[datetime | None]
    #: The person has read that it ended by itself.
    said_at: Mapped[datetime | None]

    patient: Mapped[Patient] = belongs_to("WorkTimer.patient_id", "Patient")

    def read(self, at: datetime, idle: timedelta) -> Reading:
        """Where it stands at `at`; past `idle` without activity it ended with the last one."""
        if self.stopped_at is not None:
            return Reading(self.stopped_at, False, self.ended_by is TimerEnd.IDLE)
        if at - self.active_at > idle:
            return Reading(self.active_at, False, True)
        return Reading(max(at, self.started_at), True, False)

    def seconds(self, at: datetime, idle: timedelta) -> int:
        """Whole seconds worked so far."""
        return int((self.read(at, idle).until - self.started_at).total_seconds())

    @property
    def is_waiting(self) -> bool:
        """Stopped, and its minutes are in no row yet."""
        return self.stopped_at is not None and not (self.touchpoint_id or self.dropped_at)
