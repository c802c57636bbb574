"""Timing work: one timer a person, for a task, a call or a thread. Time without activity ends with the last
thing done. Its seconds go into one row of the ledger: at once for a task or a thread, with the form for a
call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from app.actions import touchpoint_corrections, touchpoints
from app.actions.touchpoint_contact import ACTIVITY_OF_TASK, Contact
from app.core.db import db
from app.core.errors import Conflict, Forbidden, Invalid
from app.models.conversation import Conversation
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.task import Task
from app.models.touchpoint import ActorKind, MinutesSource, Touchpoint
from app.models.viewer import Viewer
from app.models.work_timer import TimerEnd, TimerKind, WorkTimer

WHY = "Taken back by who timed it"


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody starts to work on: a task, a thread, or a call with the patient."""

    patient: Patient
    kind: TimerKind
    task: Task | None = None
    conversation: Conversation | None = None

    @classmethod
    def on_task(cls, task: Task) -> "Work":
        return cls(task.patient, TimerKind.TASK, task=task)

    @classmethod
    def on_thread(cls, conversation: Conversation) -> "Work":
        """Raises Invalid while nobody knows whose thread it is: minutes belong to a patient."""
        if conversation.patient is None:
            raise Invalid("Find out who this is first: minutes belong to a patient.")
        return cls(conversation.patient, TimerKind.CONVERSATION, conversation=conversation)

    @classmethod
    def on_call(cls, patient: Patient) -> "Work":
        return cls(patient, TimerKind.CALL)


def start(work: Work, *, by: Viewer, at: datetime) -> WorkTimer:
    """Start a timer; the one the person had running ends with it. Raises Forbidden for machines."""
    if by.kind != "user" or by.id is None:
        raise Forbidden("Only a person's work is timed.")
    other = running_of(by)
    if other is not None:
        stop(other, by=by.actor, at=at, why=TimerEnd.ANOTHER)
        db.session.flush()  # one running timer a person: the old one ends before the new one is there
    timer = WorkTimer(
        practice_id=work.patient.practice_id, user_id=by.id, patient_id=work.patient.id,
        patient=work.patient,
        kind=work.kind, task_id=work.task.id if work.task else None,
        conversation_id=work.conversation.id if work.conversation else None,
        started_at=at, active_at=at,
    )  # fmt: skip
    db.session.add(timer)
    record(timer, "timer.started", by=by.actor, at=at, work=work.kind.value)
    return timer


def running_of(viewer: Viewer) -> WorkTimer | None:
    """The timer this person has running."""
    return db.session.scalars(
        select(WorkTimer).where(
            WorkTimer.practice_id == viewer.practice_id,
            WorkTimer.user_id == viewer.id,
            WorkTimer.stopped_at.is_(None),
        )
    ).one_or_none()


def idle_after(timer: WorkTimer) -> timedelta:
    """How long the practice lets a timer run without activity."""
    return timedelta(minutes=_practice(timer).timer_idle_minutes)


def note_activity(timer: WorkTimer, *, by: Viewer, at: datetime) -> bool:
    """The person is there. False when the timer had run out of activity before: it is stopped then."""
    if timer.stopped_at is not None:
        return False
    if timer.read(at, idle_after(timer)).is_idle:
        stop(timer, by=by.actor, at=at)
        return False
    timer.active_at = max(timer.active_at, at)
    return True


def stop(
    timer: WorkTimer, *, by: Actor, at: datetime, why: TimerEnd = TimerEnd.STOPPED
) -> Touchpoint | None:
    """End it, at the last activity if there was none for too long, and write its row.

    None for a call (its form writes the row), for no time at all, and for more than one entry may span:
    then its minutes wait. Raises Conflict when it ended before.
    """
    if timer.stopped_at is not None:
        raise Conflict("This timer has ended already.")
    reading = timer.read(at, idle_after(timer))
    timer.stopped_at = reading.until
    timer.ended_by = TimerEnd.IDLE if reading.is_idle else why
    record(timer, "timer.stopped", by=by, at=at, why=timer.ended_by.value, seconds=spent(timer))
    if spent(timer) < 1:
        timer.dropped_at = at
        return None
    if timer.kind is TimerKind.CALL or is_too_long(timer):
        return None
    row = touchpoints.write(_contact(timer), by=by, at=at)
    timer.touchpoint_id = row.id if row else None
    return row


def idle_ones(at: datetime) -> Select[WorkTimer]:
    """Running timers of every practice that ran out of activity, oldest first: the sweep's own look."""
    oldest_first = select(WorkTimer).join(Practice, Practice.id == WorkTimer.practice_id)
    return oldest_first.where(WorkTimer.stopped_at.is_(None), _idle(at)).order_by(
        WorkTimer.active_at, WorkTimer.id
    )


def _idle(at: datetime) -> ColumnElement[bool]:
    """By the practices' own minutes: few values, so one comparison each is portable SQL."""
    wanted = db.session.scalars(select(Practice.timer_idle_minutes).distinct())
    return or_(
        false(),
        *(
            and_(
                Practice.timer_idle_minutes == minutes,
                WorkTimer.active_at < at - timedelta(minutes=minutes),
            )
            for minutes in wanted
        ),
    )


def spent(timer: WorkTimer) -> int:
    """Seconds of a timer that has ended."""
    if timer.stopped_at is None:
        raise ValueError("the timer is running")
    return int((timer.stopped_at - timer.started_at).total_seconds())


def is_too_long(timer: WorkTimer) -> bool:
    return spent(timer) > _practice(timer).longest_entry_minutes * 60


def take_into_call(timer: WorkTimer, call_id: UUID | None, *, by: Viewer, at: datetime) -> int:
    """End it if it runs, and give its seconds to a call that is being written down.

    Raises Conflict when they are in another row already, Invalid when it ran longer than an entry may.
    """
    if timer.user_id != by.id:
        raise Forbidden("That is somebody else's timer.")
    if timer.stopped_at is None:
        stop(timer, by=by.actor, at=at)
    row = timer.touchpoint_id and db.session.get(
        Touchpoint, (timer.practice_id, timer.touchpoint_id)
    )
    if timer.kind is not TimerKind.CALL or (row and row.source_id != str(call_id)):
        raise Conflict("The minutes of this timer are written down already.")
    if is_too_long(timer):
        raise Invalid("The timer ran longer than one entry may. Type the minutes in, in parts.",
                      field="minutes")  # fmt: skip
    return spent(timer)


def take_back(timer: WorkTimer, *, by: Viewer, at: datetime) -> None:
    """Throw its minutes away: a row they went into is reversed, a running one just ends."""
    if timer.user_id != by.id:
        raise Forbidden("That is somebody else's timer.")
    if timer.touchpoint_id is not None:
        row = db.session.get_one(Touchpoint, (timer.practice_id, timer.touchpoint_id))
        if row.source_kind != "timer":
            raise Conflict("Its minutes are part of a call. Take the call back instead.")
        touchpoint_corrections.void(row, reason=WHY, by=by.actor, at=at)
    if timer.stopped_at is None:
        timer.stopped_at, timer.ended_by = max(at, timer.started_at), TimerEnd.STOPPED
    timer.dropped_at = at
    record(timer, "timer.dropped", by=by.actor, at=at)


def _contact(timer: WorkTimer) -> Contact:
    """The row of timed work that was no call: nobody was on the line, so it is the practice's own work."""
    task = _task(timer)
    return Contact(
        patient=timer.patient,
        source_kind="timer",
        source_id=str(timer.id),
        activity_type=ACTIVITY_OF_TASK[task.type] if task else "care_coordination",
        channel="internal",
        direction="internal",
        actor_kind=ActorKind.HUMAN,
        actor_id=timer.user_id,
        started_at=timer.started_at,
        ended_at=timer.stopped_at or timer.started_at,
        seconds=spent(timer),
        minutes_source=MinutesSource.TIMER,
        task_ids=(task.id,) if task else (),
    )


def _task(timer: WorkTimer) -> Task | None:
    return db.session.get(Task, (timer.practice_id, timer.task_id)) if timer.task_id else None


def _practice(timer: WorkTimer) -> Practice:
    return db.session.get_one(Practice, timer.practice_id)
