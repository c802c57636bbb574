"""Appointments as another system keeps them: made with their follow-up, moved, cancelled, booked again. The
follow-up goes along: it is asked about after the appointment, and not at all when there is none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from app.actions import sent_tasks, task_moves, tasks
from app.core.db import db
from app.core.errors import Invalid
from app.models.appointment import Appointment
from app.models.community_organization import CommunityOrganization
from app.models.event import Actor, record
from app.models.sent_work import Effect, Outcome, SentWork, SourceStatus, Touched
from app.models.task import Task, TaskType
from app.queries.known_names import find_former, is_name

#: FHIR's words for how it stands.
STATUS = {
    SourceStatus.ACTIVE: "booked",
    SourceStatus.CANCELLED: "cancelled",
    SourceStatus.DONE: "fulfilled",
    SourceStatus.MISSED: "noshow",
}
CANCELLED = "The appointment was cancelled."
_KEPT = ("starts_at", "place", "status")


def take_in(sent: SentWork, known: Appointment | None, *, by: Actor, at: datetime) -> Outcome:
    """Make it or bring it to what was sent. Raises Invalid without a time, OfAnotherPatient."""
    return _add(sent, by=by, at=at) if known is None else _change(sent, known, by=by, at=at)


def _add(sent: SentWork, *, by: Actor, at: datetime) -> Outcome:
    if sent.happens_at is None:
        raise Invalid("Write when it is.", field="happens_at")
    row = Appointment(
        practice_id=sent.patient.practice_id, patient_id=sent.patient.id,
        community_organization_id=_organization(sent), starts_at=sent.happens_at,
        place=sent.place or sent.partner or "", status=STATUS[sent.status or SourceStatus.ACTIVE],
        source_id=sent.source_id, created_at=at,
    )  # fmt: skip
    db.session.add(row)
    record(row, "appointment.added", by=by, at=at, starts_at=row.starts_at.isoformat())
    made = [Touched(row)]
    task = None
    if row.status != STATUS[SourceStatus.CANCELLED]:
        task = _follow_up(sent, row, None, by=by, at=at)
        made.append(Touched(task))
    return Outcome(Effect.CREATED, row, task, made)


def _change(sent: SentWork, row: Appointment, *, by: Actor, at: datetime) -> Outcome:
    sent.check_same(row.patient_id)
    before = _said(row)
    was_cancelled = row.status == STATUS[SourceStatus.CANCELLED]
    row.starts_at = sent.happens_at or row.starts_at
    row.place = sent.place or row.place
    row.community_organization_id = _organization(sent) or row.community_organization_id
    row.status = STATUS[sent.status] if sent.status else row.status
    after = _said(row)
    task = sent_tasks.newest(row)
    task_before = sent_tasks.said_of(task) if task else None
    if after != before:
        record(row, _kind(before, after), by=by, at=at, before=before, after=after)
    touched = [Touched(row, before)] if after != before else []
    changed = _carry(sent, row, task, was_cancelled=was_cancelled, by=by, at=at)
    if changed is not None:
        touched.append(Touched(changed, task_before if changed is task else None))
    effect = Effect.UPDATED if after != before or changed is not None else Effect.UNCHANGED
    return Outcome(effect, row, changed or task, touched)


def _carry(
    sent: SentWork,
    row: Appointment,
    task: Task | None,
    *,
    was_cancelled: bool,
    by: Actor,
    at: datetime,
) -> Task | None:
    """Take the follow-up along; the task that changed or was made, or None."""
    if row.status == STATUS[SourceStatus.CANCELLED]:
        if task is None or not task.is_open:
            return None
        tasks.cancel(task, reason=CANCELLED, by=by, at=at)
        return task
    if task is not None and task.is_open:
        about = sent.about() | {
            "happens_at": row.starts_at.isoformat(), "appointment_place": row.place,
        }  # fmt: skip
        moved = task_moves.change(task, about, received_at=sent.received_at,
                                  not_before=sent.not_before, by=by, at=at)  # fmt: skip
        return task if moved else None
    told = str(task.about.get("happens_at") or "") if task else ""
    is_later = row.starts_at > at and told != row.starts_at.isoformat()
    if was_cancelled or is_later:
        return _follow_up(sent, row, task, by=by, at=at)
    return None


def _follow_up(
    sent: SentWork, row: Appointment, closed: Task | None, *, by: Actor, at: datetime
) -> Task:
    """Whether it was kept; one more when it is booked again after the first was closed."""
    made = tasks.create(
        sent.patient, TaskType.APPOINTMENT_KEPT, by=by, at=at, appointment=row, about=sent.about(),
        received_at=None if closed else sent.received_at, due_on=sent.due_on,
        owner_id=sent.owner_id or (closed.owner_id if closed else None), priority=sent.priority,
        ask_first=sent.ask_first, not_before=sent.not_before,
    )  # fmt: skip
    if closed is not None:
        made.follows_id = closed.id
    return made


def _organization(sent: SentWork) -> Any:
    """The partner as the directory has it, or had it; one it does not have stays words."""
    if sent.partner is None:
        return None
    practice_id, kind = sent.patient.practice_id, CommunityOrganization
    former = find_former(practice_id, kind.__tablename__, sent.partner)
    named = select(func.coalesce(kind.merged_into_id, kind.id)).where(
        kind.practice_id == practice_id, or_(is_name(kind.name, sent.partner), kind.id == former)
    )
    return db.session.scalar(named.order_by(kind.id == former).limit(1))


def _said(row: Appointment) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in _KEPT}
    partner = row.community_organization_id
    return said | {
        "starts_at": row.starts_at.isoformat(),
        "community_organization_id": str(partner) if partner else None,
    }


def put_back_partner(
    row: Appointment, before: Mapping[str, Any], *, by: Actor, at: datetime
) -> None:
    """The organization from before an import, which an absent one in a file never takes away."""
    was = _said(row)
    partner = before.get("community_organization_id")
    row.community_organization_id = UUID(partner) if partner else None
    if _said(row) != was:
        record(row, "appointment.changed", by=by, at=at, before=was, after=_said(row))


def _kind(before: dict[str, Any], after: dict[str, Any]) -> str:
    if after["status"] != before["status"] and after["status"] == "cancelled":
        return "appointment.cancelled"
    if after["starts_at"] != before["starts_at"]:
        return "appointment.moved"
    return "appointment.changed"
