"""Tasks: every verb others use on them, and the closing ones themselves — complete with outcome and
evidence, take that back, cancel. Creation and changes on the way have files of their own."""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import select

from app.actions import (
    contact_rules,
    conversations,
    ladder,
    own_appointments,
    protocols,
    referral_milestones,
    visit_milestones,
)
from app.actions.task_changes import assign, hold, label, reschedule, restart, resume
from app.actions.task_creation import TaskDetails, create
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.conversation import Note
from app.models.event import Actor, newest, record
from app.models.protocol_definition import Outcome
from app.models.referral import Referral
from app.models.referral_state import MilestoneKind
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType

__all__ = [
    "TaskDetails",
    "assign",
    "cancel",
    "complete",
    "create",
    "hold",
    "label",
    "outcomes_of",
    "reschedule",
    "restart",
    "resume",
    "take_back",
]

NOT_NEEDED = "not_needed"
#: Every kind of task may also end like this, whatever its protocol names.
OF_EVERY_TASK = (
    Outcome(key="missed", title="Missed"),
    Outcome(key=NOT_NEEDED, title="Not needed"),
)


def outcomes_of(task: Task) -> list[Outcome]:
    """The ways this task may be closed: the hoped-for one first, those of every task last."""
    own = sorted(protocols.definition_of(task).outcomes, key=lambda outcome: not outcome.is_success)
    keys = {outcome.key for outcome in own}
    return [*own, *(outcome for outcome in OF_EVERY_TASK if outcome.key not in keys)]


class Closing(TypedDict, total=False):
    """What else may be said at the end. `done_at` is when it truly happened, if that isn't now: in time or
    late is judged by it. `reason` says why it was not needed; a `note` goes into the thread."""

    from_shared_phone: bool
    note: str | None
    reason: str | None
    done_at: datetime | None


def complete(
    task: Task,
    *,
    outcome: str,
    evidence: Evidence | None,
    by: Actor,
    at: datetime,
    **closing: Unpack[Closing],
) -> None:
    """Close the task with an outcome and the grade of its evidence; late is allowed and recorded.

    Raises TaskClosed, Invalid for an outcome this kind of task does not have, a success nobody
    confirmed or work not needed without a reason, Conflict for a referral whose PCP has not been told.
    """
    task.check_open()
    chosen = _check_outcome(task, outcome, evidence)
    done_at = closing.get("done_at") or contact_rules.reached_at(task, chosen)
    why = _reason(outcome, closing.get("reason"))
    from_shared_phone = closing.get("from_shared_phone", False)
    before = _standing(task)
    task.close(TaskStatus.COMPLETED, outcome=outcome, at=at)
    task.judge(done_at or at)
    task.evidence, task.status_reason = evidence or Evidence.NOT_VERIFIED, why
    task.from_shared_phone = from_shared_phone
    task.completed_by_kind, task.completed_by_id = by.kind, by.id
    ladder.stop(task, by=by, at=at)
    if chosen.is_success:
        visit_milestones.note_kept(task, task.evidence, by=by, at=at)
    _keep_note(task, closing.get("note"), by=by, at=at)
    record(task, "task.completed", by=by, at=at, outcome=outcome, evidence=task.evidence.value,
           was_late=task.was_late, late_seconds=task.late_seconds,
           from_shared_phone=from_shared_phone, before=before)  # fmt: skip
    own_appointments.close(task, was_kept=chosen.is_success, by=by, at=at)


def cancel(task: Task, *, reason: str, by: Actor, at: datetime) -> None:
    """Close a task that should not go on (made by mistake, no longer the practice's to do)."""
    task.check_open()
    before = _standing(task)
    task.close(TaskStatus.CANCELLED, outcome="cancelled", at=at)
    task.status_reason = reason.strip() or None
    task.completed_by_kind, task.completed_by_id = by.kind, by.id
    ladder.stop(task, by=by, at=at)
    record(task, "task.cancelled", by=by, at=at, before=before)
    own_appointments.close(task, was_kept=False, by=by, at=at)


def take_back(task: Task, *, by: Actor, at: datetime) -> None:
    """Undo a closing: the card returns where it was. Texts that were taken back stay so.

    Raises Conflict when the task is open.
    """
    visit_milestones.unnote(task, by=by, at=at)
    task.reopen(at=at)
    if task.type is TaskType.REFERRAL_FOLLOW_UP:
        _take_back_told(task, by=by, at=at)
    before = _before_closing(task)
    needs = before.get("needs")
    next_at = before.get("next_step_at")
    task.need(Needs(needs) if needs else None, at=at)
    task.next_step_at = datetime.fromisoformat(next_at) if next_at else None
    if task.needs is None and task.next_step_at is None:
        task.need(Needs.CALL, at=at)  # an open card always has a next move
    record(task, "task.reopened", by=by, at=at)
    own_appointments.stands_again(task, by=by, at=at)


def _check_outcome(task: Task, key: str, evidence: Evidence | None) -> Outcome:
    chosen = next((outcome for outcome in outcomes_of(task) if outcome.key == key), None)
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


def _reason(outcome: str, reason: str | None) -> str | None:
    """Why it was closed without being done; work nobody needed is never closed without a word."""
    given = (reason or "").strip() or None
    if outcome == NOT_NEEDED and given is None:
        raise Invalid("Say why it is not needed.", field="reason")
    return given


def _standing(task: Task) -> dict[str, Any]:
    """Where the card stands, so that an undo finds the way back."""
    next_at = task.next_step_at.isoformat() if task.next_step_at else None
    return {"needs": task.needs.value if task.needs else None, "next_step_at": next_at}


def _before_closing(task: Task) -> dict[str, Any]:
    closing = newest(task, "task.completed", "task.cancelled")
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


def _take_back_told(task: Task, *, by: Actor, at: datetime) -> None:
    """The office counts as not told; the recorded update itself stays."""
    referral = _referral_of(task)
    if referral is not None and referral.pcp_told_at is not None:
        referral.pcp_told_at = None
        told = [MilestoneKind.PCP_TOLD]
        referral_milestones.take_back(referral, told, by=by, at=at)


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
