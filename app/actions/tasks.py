"""Tasks: every verb others use on them, and the closing ones themselves — complete with outcome and
evidence, take that back, cancel. Creation and changes on the way have files of their own."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actions import contact_rules, conversations, ladder, protocols
from app.actions.task_changes import assign, hold, reschedule, restart, resume
from app.actions.task_creation import TaskDetails, create
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.conversation import Note
from app.models.event import Actor, Event, record
from app.models.protocol_definition import Outcome
from app.models.referral import Referral, ReferralStatus
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType

__all__ = [
    "TaskDetails",
    "assign",
    "cancel",
    "complete",
    "create",
    "hold",
    "outcomes_of",
    "reschedule",
    "restart",
    "resume",
    "take_back",
]


def outcomes_of(task: Task) -> list[Outcome]:
    """The ways this task may be closed, the hoped-for one first."""
    return sorted(
        protocols.definition_of(task).outcomes, key=lambda outcome: not outcome.is_success
    )


def complete(
    task: Task,
    *,
    outcome: str,
    evidence: Evidence | None,
    by: Actor,
    at: datetime,
    from_shared_phone: bool = False,
    note: str | None = None,
    done_at: datetime | None = None,
) -> None:
    """Close the task with an outcome and the grade of its evidence; late is allowed and recorded.

    `done_at` is when it truly happened, if that isn't now: in time or late is judged by it.

    Raises TaskClosed, Invalid for an outcome this kind of task does not have or a success nobody
    confirmed, Conflict for a referral whose PCP has not been told.
    """
    task.check_open()
    chosen = _check_outcome(task, outcome, evidence)
    done_at = done_at or contact_rules.reached_at(task, chosen)
    before = _standing(task)
    task.close(TaskStatus.COMPLETED, outcome=outcome, at=at)
    task.was_late = (done_at or at) >= task.due_at
    task.evidence = evidence or Evidence.NOT_VERIFIED
    task.from_shared_phone = from_shared_phone
    task.completed_by_kind, task.completed_by_id = by.kind, by.id
    ladder.stop(task, by=by, at=at)
    _keep_note(task, note, by=by, at=at)
    record(task, "task.completed", by=by, at=at, outcome=outcome, evidence=task.evidence.value,
           was_late=task.was_late, from_shared_phone=from_shared_phone, before=before)  # fmt: skip


def cancel(task: Task, *, reason: str, by: Actor, at: datetime) -> None:
    """Close a task that should not go on (made by mistake, no longer the practice's to do)."""
    task.check_open()
    before = _standing(task)
    task.close(TaskStatus.CANCELLED, outcome="cancelled", at=at)
    task.status_reason = reason.strip() or None
    task.completed_by_kind, task.completed_by_id = by.kind, by.id
    ladder.stop(task, by=by, at=at)
    record(task, "task.cancelled", by=by, at=at, before=before)


def take_back(task: Task, *, by: Actor, at: datetime) -> None:
    """Undo a closing: the card returns where it was. Texts that were taken back stay so.

    Raises Conflict when the task is open.
    """
    task.reopen(at=at)
    if task.type is TaskType.REFERRAL_FOLLOW_UP:
        _take_back_told(task)
    before = _before_closing(task)
    needs = before.get("needs")
    next_at = before.get("next_step_at")
    task.need(Needs(needs) if needs else None, at=at)
    task.next_step_at = datetime.fromisoformat(next_at) if next_at else None
    if task.needs is None and task.next_step_at is None:
        task.need(Needs.CALL, at=at)  # an open card always has a next move
    record(task, "task.reopened", by=by, at=at)


def _check_outcome(task: Task, key: str, evidence: Evidence | None) -> Outcome:
    chosen = protocols.definition_of(task).outcome_named(key)
    if chosen is None:
        raise Invalid("Choose how it ended.", field="outcome")
    if chosen.is_success and evidence in (None, Evidence.NOT_VERIFIED):
        raise Invalid("Say who confirmed it.", field="evidence")
    contact_rules.check(task, chosen, evidence)
    if chosen.is_success and task.type is TaskType.REFERRAL_FOLLOW_UP:
        referral = _referral_of(task)
        if referral is None or referral.pcp_told_at is None:
            raise Conflict("Record the update to the referring office: that completes this task.")
    return chosen


def _standing(task: Task) -> dict[str, Any]:
    """Where the card stands, so that an undo finds the way back."""
    next_at = task.next_step_at.isoformat() if task.next_step_at else None
    return {"needs": task.needs.value if task.needs else None, "next_step_at": next_at}


def _before_closing(task: Task) -> dict[str, Any]:
    closing = db.session.scalars(
        select(Event)
        .where(
            Event.practice_id == task.practice_id,
            Event.subject_type == Task.__tablename__,
            Event.subject_id == task.id,
            Event.kind.in_(("task.completed", "task.cancelled")),
        )
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(1)
    ).first()
    before = closing.facts.get("before") if closing else None
    return before if isinstance(before, dict) else {}


def _referral_of(task: Task) -> Referral | None:
    if task.referral_id is None:
        return None
    return db.session.scalars(
        select(Referral).where(
            Referral.practice_id == task.practice_id, Referral.id == task.referral_id
        )
    ).one_or_none()


def _take_back_told(task: Task) -> None:
    """The office counts as not told; the recorded update itself stays."""
    referral = _referral_of(task)
    if referral is not None and referral.pcp_told_at is not None:
        referral.pcp_told_at = None
        connected = referral.connected_at is not None
        referral.status = ReferralStatus.CONNECTED if connected else ReferralStatus.RECEIVED


def _keep_note(task: Task, note: str | None, *, by: Actor, at: datetime) -> None:
    """Free text belongs in the thread, encrypted; the event holds none."""
    if not note or not note.strip() or by.kind != "user" or by.id is None:
        return
    thread = conversations.thread_of(task.patient, at=at)
    db.session.add(
        Note(
            practice_id=task.practice_id,
            conversation_id=thread.id,
            author_id=by.id,
            body=note.strip(),
            at=at,
        )
    )
