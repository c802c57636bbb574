"""What ends ladders: an answer, an opt-out, a patient who is not active any more. Texts still waiting are
taken back. Others reach these as `ladder.stop`, `ladder.stop_for_number`, …"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import ladder_texts
from app.core.db import db
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.event import SYSTEM, Actor, record
from app.models.message import Message
from app.models.patient import Patient, PatientStatus
from app.models.task import OPEN_STATUSES, Needs, Task

#: What a person already has to do for the patient; a stopped or overdue ladder doesn't hide it.
HANDS_ON = frozenset({
    Needs.REVIEW_REPLY, Needs.SOLVE_BARRIER, Needs.UPDATE_PCP, Needs.SETTLE, Needs.NEXT_STEP,
})  # fmt: skip
OPTED_OUT = "opted_out"


def stop(task: Task, *, by: Actor, at: datetime) -> bool:
    """No further automated step, and no text of the task leaves any more. True when there was any."""
    had = task.next_step_at is not None
    _wake_waiting(task, at=at)
    task.stop_ladder()
    cancelled = ladder_texts.cancel_waiting(task, by=by, at=at)
    return had or cancelled > 0


def busy_among(tasks: Sequence[Task]) -> set[UUID]:
    """Those of one practice's tasks that something waits with: a text of theirs, or another task for their
    question. The others have nothing to stop but themselves. Two statements."""
    if not tasks:
        return set()
    ids = [task.id for task in tasks]
    of_practice = tasks[0].practice_id
    waited_for = select(Task.waits_for).where(
        Task.practice_id == of_practice,
        Task.waits_for.in_(ids),
        Task.next_step_at.is_not(None),
        Task.status.in_(OPEN_STATUSES),
    )
    texts = ladder_texts.unsent_of(of_practice, ids).with_only_columns(Message.task_id)
    found = [*db.session.scalars(waited_for), *db.session.scalars(texts)]
    return {task_id for task_id in found if task_id is not None}


def _wake_waiting(task: Task, *, at: datetime) -> None:
    """Tasks that waited for this one's question have their turn now. One that somebody else is stepping or
    stopping at this moment is left to them: written from here, a ladder that just ended would begin again."""
    waiting = db.session.scalars(
        select(Task)
        .where(
            Task.practice_id == task.practice_id,
            Task.waits_for == task.id,
            Task.next_step_at.is_not(None),
            Task.status.in_(OPEN_STATUSES),
        )
        .with_for_update(of=Task, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for other in waiting:
        other.waits_for, other.next_step_at = None, at


def stop_for_number(number: PhoneNumber, *, at: datetime, by: Actor = SYSTEM) -> None:
    """The number opted out: every ladder of everybody it belongs to stops."""
    people = db.session.scalars(
        select(Patient)
        .join(
            ContactPoint,
            (ContactPoint.practice_id == Patient.practice_id)
            & (ContactPoint.patient_id == Patient.id),
        )
        .where(
            ContactPoint.practice_id == number.practice_id,
            ContactPoint.phone_number_id == number.id,
            ContactPoint.related_person_id.is_(None),
            ContactPoint.ended_at.is_(None),
        )
        .distinct()
    ).all()
    for patient in people:
        stop_for_patient(patient, at=at, by=by)


def stop_for_patient(
    patient: Patient, *, at: datetime, by: Actor = SYSTEM, reason: str = OPTED_OUT
) -> None:
    """Every ladder of the patient stops. After an opt-out another channel is proposed; when the patient
    is not active any more, a lead decides what becomes of the work."""
    active = patient.status is PatientStatus.ACTIVE
    needs = Needs.OTHER_CHANNEL if active else Needs.LEAD_DECISION
    for task in open_tasks(patient.practice_id, [patient.id]):
        stopped = stop(task, by=by, at=at)
        if task.needs in HANDS_ON or task.needs is needs or (active and task.needs is not None):
            continue
        task.need(needs, at=at)
        proposes = ["portal", "call"] if active else []
        record(task, "task.ladder_stopped", by=by, at=at, reason=reason, proposes=proposes,
               had_steps=stopped)  # fmt: skip


def open_tasks(practice_id: UUID, patient_ids: Iterable[UUID]) -> list[Task]:
    return list(
        db.session.scalars(
            select(Task)
            .where(
                Task.practice_id == practice_id,
                Task.patient_id.in_(list(patient_ids)),
                Task.status.in_(OPEN_STATUSES),
            )
            .order_by(Task.created_at, Task.id)
        )
    )
