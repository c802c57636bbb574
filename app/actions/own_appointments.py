"""Appointments nobody else's system keeps: a day that an organization set or staff wrote down. The patient
finds it in the portal and takes it into a calendar; it ends with the task that asks about it."""

from datetime import datetime
from uuid import UUID

from app.core.db import db
from app.models.appointment import Appointment
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.task import Task

BOOKED, KEPT, CANCELLED = "booked", "fulfilled", "cancelled"


def plan(
    patient: Patient,
    starts_at: datetime,
    place: str,
    *,
    by: Actor,
    at: datetime,
    organization_id: UUID | None = None,
) -> Appointment | None:
    """Write it down; None for one that is over."""
    if starts_at <= at:
        return None
    row = Appointment(
        practice_id=patient.practice_id, patient_id=patient.id, starts_at=starts_at, place=place,
        community_organization_id=organization_id, status=BOOKED, created_at=at,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record(row, "appointment.added", by=by, at=at, starts_at=starts_at.isoformat())
    return row


def close(task: Task, *, was_kept: bool, by: Actor, at: datetime) -> None:
    """Its task is closed: an appointment that was still to come is none any more."""
    row = _of(task)
    if row is not None and row.status == BOOKED and (was_kept or row.starts_at > at):
        _set(row, KEPT if was_kept else CANCELLED, by=by, at=at)


def stands_again(task: Task, *, by: Actor, at: datetime) -> None:
    """Its task is open again."""
    row = _of(task)
    if row is not None and row.status in (KEPT, CANCELLED):
        _set(row, BOOKED, by=by, at=at)


def _of(task: Task) -> Appointment | None:
    """Another system's own goes as that system says."""
    if task.appointment_id is None:
        return None
    row = db.session.get_one(Appointment, (task.practice_id, task.appointment_id))
    return row if row.source_id is None else None


def _set(row: Appointment, status: str, *, by: Actor, at: datetime) -> None:
    before, row.status = row.status, status
    kind = "appointment.cancelled" if status == CANCELLED else "appointment.changed"
    record(row, kind, by=by, at=at, before={"status": before}, after={"status": status})
