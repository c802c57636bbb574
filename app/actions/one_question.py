"""One open question a person: a protocol whose turn comes while another one's question still waits for an
answer waits too, and says so. Asking sets older unanswered questions aside, so that a bare "1" means one
thing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.actions import protocols
from app.core.db import db
from app.models.message import Direction, Message
from app.models.patient import Patient, RelatedPerson
from app.models.task import OPEN_STATUSES, Task, TaskStatus
from messaging.delivery import MessageStatus

#: The question may still be answered: it waits to leave, or has, or may have.
_ASKED = (
    MessageStatus.QUEUED,
    MessageStatus.SENDING,
    MessageStatus.IN_DOUBT,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
)
#: How long "what got in the way?" keeps others waiting.
BARRIER_HOLDS = timedelta(hours=48)
#: The other protocol's own next step goes first.
AFTER_YOU = timedelta(minutes=5)
LOOK_AGAIN = timedelta(minutes=1)
#: A question nobody answered in this long holds nobody back, whatever its task does.
MEMORY = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when to wait, and for which task's question; None when somebody else is deciding just now."""

    until: datetime
    other: Task | None


def hold_for(task: Task, *, at: datetime, caregiver: RelatedPerson | None = None) -> Hold | None:
    """Why this task may not ask its patient, or this caregiver, now; None when it may. Takes the patient's
    turn until commit, so that of two protocols at the same moment one sees the other's question."""
    if not _take_turn(task):
        return Hold(at + LOOK_AGAIN, None)
    holds = [
        Hold(until, other)
        for message, other in _questions_of_others(task, caregiver, at=at)
        if (until := _waits_until(message, other, at=at)) is not None
    ]
    return max(holds, key=lambda hold: hold.until, default=None)


def set_others_aside(task: Task, *, at: datetime, caregiver: RelatedPerson | None = None) -> None:
    """Unanswered questions of the patient's other tasks, to the same person, are no longer what a reply is
    first read against."""
    for message, _other in _questions_of_others(task, caregiver, at=at):
        message.asked = {**(message.asked or {}), "aside_since": at.isoformat()}


def _take_turn(task: Task) -> bool:
    """Lock the patient for other askers, without waiting: two sweeps can never wait for each other."""
    turn = (
        select(Patient.id)
        .where(Patient.practice_id == task.practice_id, Patient.id == task.patient_id)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return db.session.scalar(turn) is not None


def _questions_of_others(
    task: Task, caregiver: RelatedPerson | None, *, at: datetime
) -> list[tuple[Message, Task]]:
    rows = db.session.execute(
        select(Message, Task)
        .join(Task, (Task.practice_id == Message.practice_id) & (Task.id == Message.task_id))
        .where(
            Message.practice_id == task.practice_id,
            Message.patient_id == task.patient_id,
            Message.task_id != task.id,
            Message.related_person_id == (caregiver.id if caregiver else None),
            Message.direction == Direction.OUTBOUND,
            Message.created_at > at - MEMORY,
            Message.asked.is_not(None),
            Message.answered_at.is_(None),
            Message.status.in_(_ASKED),
            Task.status.in_(OPEN_STATUSES),
        )
        .order_by(Message.created_at, Message.id)
    )
    found = [(message, other) for message, other in rows]
    return [pair for pair in found if "aside_since" not in (pair[0].asked or {})]


def _waits_until(message: Message, other: Task, *, at: datetime) -> datetime | None:
    """Until when the other task counts on an answer to this question; None when it no longer does."""
    if (message.asked or {}).get("kind") == "barrier":
        until = (message.sent_at or message.created_at) + BARRIER_HOLDS
        return until if until > at else None
    if other.next_step_at is None or other.status is TaskStatus.ON_HOLD or other.step == 0:
        return None
    asked = protocols.definition_of(other).steps[other.step - 1]
    is_asking = asked.writes if message.related_person_id is None else asked.action == "caregiver"
    return max(other.next_step_at, at) + AFTER_YOU if is_asking else None
