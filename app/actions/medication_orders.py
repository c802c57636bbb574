"""Orders for medicine as another system keeps them: made with their follow-up, renamed, stopped."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.actions import sent_tasks, task_moves, tasks
from app.core.db import db
from app.core.errors import Invalid
from app.models.appointment import MedicationOrder
from app.models.event import Actor, record
from app.models.practice import Practice
from app.models.sent_work import Effect, Outcome, SentWork, SourceStatus, Touched
from app.models.task import Task, TaskType

#: FHIR's words; an order nobody fills any more is stopped, however it was said.
STATUS = {
    SourceStatus.ACTIVE: "active",
    SourceStatus.CANCELLED: "stopped",
    SourceStatus.DONE: "completed",
    SourceStatus.MISSED: "active",
}
STOPPED = "The order was stopped."


def take_in(sent: SentWork, known: MedicationOrder | None, *, by: Actor, at: datetime) -> Outcome:
    """Make it or bring it to what was sent. Raises Invalid without a label, OfAnotherPatient."""
    return _add(sent, by=by, at=at) if known is None else _change(sent, known, by=by, at=at)


def _add(sent: SentWork, *, by: Actor, at: datetime) -> Outcome:
    if sent.medication_label is None:
        raise Invalid("Write what staff call it.", field="medication_label")
    row = MedicationOrder(
        practice_id=sent.patient.practice_id, patient_id=sent.patient.id,
        label=sent.medication_label, ordered_on=_ordered_on(sent, at=at),
        status=STATUS[sent.status or SourceStatus.ACTIVE], source_id=sent.source_id, created_at=at,
    )  # fmt: skip
    db.session.add(row)
    record(row, "medication_order.added", by=by, at=at, ordered_on=row.ordered_on.isoformat())
    made = [Touched(row)]
    task = None
    if row.status != STATUS[SourceStatus.CANCELLED]:
        task = _follow_up(sent, row, by=by, at=at)
        made.append(Touched(task))
    return Outcome(Effect.CREATED, row, task, made)


def _change(sent: SentWork, row: MedicationOrder, *, by: Actor, at: datetime) -> Outcome:
    sent.check_same(row.patient_id)
    before = _said(row)
    row.label = sent.medication_label or row.label
    row.ordered_on = sent.ordered_on or row.ordered_on
    row.status = STATUS[sent.status] if sent.status else row.status
    after = _said(row)
    if after != before:
        fields = [name for name in after if after[name] != before[name]]
        stopped = "status" in fields and row.status == STATUS[SourceStatus.CANCELLED]
        kind = "medication_order.stopped" if stopped else "medication_order.changed"
        record(row, kind, by=by, at=at, fields=fields)
    task, made = sent_tasks.newest(row), None
    task_before = sent_tasks.said_of(task) if task else None
    changed = _carry(sent, row, task, by=by, at=at)
    is_over = task is None or not task.is_open
    if is_over and before["status"] == STATUS[SourceStatus.CANCELLED] != row.status:
        made = _follow_up(sent, row, by=by, at=at)
    if after == before and not changed and made is None:
        return Outcome(Effect.UNCHANGED, row, task)
    touched = [Touched(row, before), *([Touched(made)] if made else [])]
    if changed and task is not None:
        touched.append(Touched(task, task_before))
    return Outcome(Effect.UPDATED, row, made or task, touched)


def _carry(
    sent: SentWork, row: MedicationOrder, task: Task | None, *, by: Actor, at: datetime
) -> bool:
    if task is None or not task.is_open:
        return False
    if row.status == STATUS[SourceStatus.CANCELLED]:
        tasks.cancel(task, reason=STOPPED, by=by, at=at)
        return True
    about = sent.about() | {"medication_label": row.label}
    return task_moves.change(task, about, received_at=sent.received_at,
                             not_before=sent.not_before, by=by, at=at)  # fmt: skip


def _follow_up(sent: SentWork, row: MedicationOrder, *, by: Actor, at: datetime) -> Task:
    return tasks.create(
        sent.patient, TaskType.MEDICATION_RECEIVED, by=by, at=at, medication_order=row,
        about=sent.about(), received_at=sent.received_at, due_on=sent.due_on,
        owner_id=sent.owner_id, priority=sent.priority, ask_first=sent.ask_first,
        not_before=sent.not_before,
    )  # fmt: skip


def _ordered_on(sent: SentWork, *, at: datetime) -> Any:
    if sent.ordered_on is not None:
        return sent.ordered_on
    practice = db.session.get_one(Practice, sent.patient.practice_id)
    return (sent.received_at or at).astimezone(ZoneInfo(practice.time_zone)).date()


def _said(row: MedicationOrder) -> dict[str, Any]:
    return {"label": row.label, "ordered_on": row.ordered_on.isoformat(), "status": row.status}
