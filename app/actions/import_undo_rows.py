"""One record of an import as it was before: what it made is marked as entered in error and gives its source
id free; what it changed gets back what stood there, by the same actions that changed it."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select, update

from app import access
from app.actions import (
    appointments,
    fhir_around,
    ladder,
    medication_orders,
    patient_changes,
    patients,
    referral_steps,
    reported_coverages,
    sent_referrals,
    source_links,
    task_moves,
    tasks,
)
from app.actions.patient_panel import Panel
from app.core.columns import Row
from app.core.db import db
from app.core.errors import Conflict
from app.models.appointment import Appointment, MedicationOrder
from app.models.consent import ConsentHow
from app.models.contact_point import ContactPoint
from app.models.coverage import Coverage
from app.models.event import Actor, record
from app.models.import_row import ImportRow
from app.models.message import Direction, Message
from app.models.patient import Patient, PatientStatus, RelatedPerson
from app.models.patient_fields import PatientFields, SmsConsent
from app.models.practice import Practice
from app.models.referral import Referral
from app.models.referral_state import ReferralStatus
from app.models.sent_work import SentWork, SourceStatus
from app.models.task import OPEN_STATUSES, Task, TaskStatus, TaskType
from app.models.viewer import system_viewer
from messaging.delivery import MessageStatus

#: A text in one of these has reached nobody and never will.
NEVER_LEFT = (
    MessageStatus.QUEUED,
    MessageStatus.WITHHELD,
    MessageStatus.CANCELLED,
    MessageStatus.EXPIRED,
)
FINISHED = "It was finished since. It stays."
STAYS = "A text about it has left meanwhile. It stays."
ERROR = "The import was taken back."
Before = dict[str, Any] | None


def take_back(practice: Practice, row: ImportRow, *, by: Actor, at: datetime) -> None:
    """Raises Conflict for what has to stay, with why."""
    table, handler = _HANDLERS[row.subject_type]
    found = db.session.scalars(
        select(table)
        .where(table.practice_id == practice.id, table.id == row.subject_id)
        .with_for_update()
    ).one_or_none()
    if found is None:
        return
    before = json.loads(row.before) if row.before is not None else None
    handler(practice, found, before, by, at)


def _patient(practice: Practice, one: Row, before: Before, by: Actor, at: datetime) -> None:
    patient = _as(Patient, one)
    if before is None:
        patient.mrn = f"{patient.mrn} {ERROR} {str(patient.id)[-6:]}"
        source_links.forget(patient)
        patient.status, patient.status_since = PatientStatus.ENTERED_IN_ERROR, None
        db.session.execute(
            update(ContactPoint)
            .where(
                ContactPoint.practice_id == practice.id,
                ContactPoint.patient_id == patient.id,
                ContactPoint.ended_at.is_(None),
            )
            .values(ended_at=at)
        )
        record(patient, "patient.entered_in_error", by=by, at=at)
        return
    panel = Panel(practice, at=at, is_second_hand=True)
    panel.load([patient])
    fields: dict[str, Any] = {**before}
    if status := fields.pop("status", None):
        since = fields.pop("status_since")
        _live_again(patient, PatientStatus(status), since, today=panel.today, by=by, at=at)
    if fields.get("birth_date"):
        fields["birth_date"] = date.fromisoformat(fields["birth_date"])
    if "sms_consent" in fields:  # the ledger only grows: a yes that came with the file is withdrawn
        fields["sms_consent"] = SmsConsent(False, panel.today, ERROR, ConsentHow.IMPORT)
    kept = PatientFields(**fields)  # type: ignore[typeddict-item]
    patients.apply(panel, patient, kept, by=by, at=at)


def _live_again(
    patient: Patient, status: PatientStatus, since: str | None, *, today: date, by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    """The status from before a death that the file told of; what that stopped is not replayed."""
    if patient.status is not PatientStatus.DECEASED:
        raise Conflict("Their status was changed since. It stays.")
    patient_changes.set_status(patient, status, since=today, today=today, by=by, at=at)
    patient.status_since = date.fromisoformat(since) if since else None


def _appointment(practice: Practice, one: Row, before: Before, by: Actor, at: datetime) -> None:
    row = _as(Appointment, one)
    if before is None:
        row.status, row.source_id = "entered-in-error", None
        record(row, "appointment.entered_in_error", by=by, at=at)
        return
    sent = _sent(row, TaskType.APPOINTMENT_KEPT, happens_at=_moment(before["starts_at"]),
                 place=before["place"] or None, status=_status(appointments.STATUS, before))  # fmt: skip
    appointments.take_in(sent, row, by=by, at=at)
    if "community_organization_id" in before:
        appointments.put_back_partner(row, before, by=by, at=at)


def _order(practice: Practice, one: Row, before: Before, by: Actor, at: datetime) -> None:
    row = _as(MedicationOrder, one)
    if before is None:
        row.status, row.source_id = "entered-in-error", None
        record(row, "medication_order.entered_in_error", by=by, at=at)
        return
    sent = _sent(row, TaskType.MEDICATION_RECEIVED, medication_label=before["label"],
                 ordered_on=date.fromisoformat(before["ordered_on"]),
                 status=_status(medication_orders.STATUS, before))  # fmt: skip
    medication_orders.take_in(sent, row, by=by, at=at)


def _referral(practice: Practice, one: Row, before: Before, by: Actor, at: datetime) -> None:
    row = _as(Referral, one)
    if before is None:
        referral_steps.end(row, ReferralStatus.ENTERED_IN_ERROR, ERROR, by=by, at=at)
        row.source_id = None
        return
    if before["status"] != row.status:
        raise Conflict("A referral that its sender took back stays so.")
    row.reason, row.referred_by = before["reason"], before["referred_by"]
    row.referrer_id = UUID(before["referrer_id"]) if before["referrer_id"] else None
    sent_referrals.came(row, _moment(before["received_at"]), by=by, at=at)
    record(row, "referral.changed", by=by, at=at, fields=sorted(before))


def _task(practice: Practice, one: Row, before: Before, by: Actor, at: datetime) -> None:
    task = _as(Task, one)
    if before is not None:
        _task_as_before(task, before, by=by, at=at)
        return
    ladder.stop(task, by=by, at=at)
    if _has_left(task):
        raise Conflict(STAYS)
    if task.is_open:
        task.close(TaskStatus.ENTERED_IN_ERROR, outcome="cancelled", at=at)
    task.status, task.source_key, task.status_reason = TaskStatus.ENTERED_IN_ERROR, None, ERROR
    record(task, "task.entered_in_error", by=by, at=at)


def _task_as_before(task: Task, before: dict[str, Any], *, by: Actor, at: datetime) -> None:
    """A card the file cancelled comes back; that of a visit, an order or a referral goes along with those.
    Raises Conflict for one that was finished since."""
    is_plain = not (task.appointment_id or task.medication_order_id or task.referral_id)
    if is_plain and not task.is_open and before.get("status") in OPEN_STATUSES:
        if task.status is not TaskStatus.CANCELLED:
            raise Conflict(FINISHED)
        tasks.take_back(task, by=by, at=at)
    if not task.is_open:
        return
    came, due_on = before["received_at"], date.fromisoformat(before["due_on"])
    task_moves.change(task, before["about"], by=by, at=at,
                      received_at=_moment(came) if came else None)  # fmt: skip
    if task.due_on != due_on:
        tasks.reschedule(task, due_on, by=by, at=at)


def _coverage(practice: Practice, one: Row, before: Before, by: Actor, at: datetime) -> None:
    reported_coverages.take_back(_as(Coverage, one), before, by=by, at=at)


def _related(practice: Practice, one: Row, before: Before, by: Actor, at: datetime) -> None:
    fhir_around.take_back(_as(RelatedPerson, one), before, by=by, at=at)


def _has_left(task: Task) -> bool:
    left = select(Message.id).where(
        Message.practice_id == task.practice_id,
        Message.task_id == task.id,
        Message.direction == Direction.OUTBOUND,
        Message.status.not_in(NEVER_LEFT),
    )
    return db.session.scalar(left.limit(1)) is not None


def _sent(row: Appointment | MedicationOrder, kind: TaskType, **said: Any) -> SentWork:
    patient = access.patient_for(system_viewer(row.practice_id), row.patient_id)
    return SentWork(row.source_id or "", patient, kind, **said)


def _status(words: dict[SourceStatus, str], before: dict[str, Any]) -> SourceStatus:
    return next((each for each, word in words.items() if word == before["status"]),
                SourceStatus.ACTIVE)  # fmt: skip


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


Found = TypeVar("Found", bound=Row)


def _as(table: type[Found], row: Row) -> Found:
    if not isinstance(row, table):
        raise TypeError(f"{row.__tablename__} is not what was expected")
    return row


Handler = Callable[[Practice, Row, Before, Actor, datetime], None]
_HANDLERS: dict[str, tuple[type[Row], Handler]] = {
    Patient.__tablename__: (Patient, _patient),
    Appointment.__tablename__: (Appointment, _appointment),
    MedicationOrder.__tablename__: (MedicationOrder, _order),
    Referral.__tablename__: (Referral, _referral),
    Task.__tablename__: (Task, _task),
    Coverage.__tablename__: (Coverage, _coverage),
    RelatedPerson.__tablename__: (RelatedPerson, _related),
}
