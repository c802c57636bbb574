"""The cases of our own measures, from the rows a viewer may count: referrals and follow-up tasks. Calls
and texts are in measure_contacts. Each function is one statement."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from app.access import visible_referrals, visible_tasks
from app.core.db import db
from app.models.appointment import Appointment
from app.models.patient import Patient
from app.models.referral import Referral, ReferralUpdate
from app.models.referral_state import ONWARD, ReferralStatus
from app.models.task import Task, TaskType
from app.models.touchpoint import Touchpoint, TouchpointTask
from app.models.viewer import Viewer
from app.queries.credited import stands
from app.queries.measure_context import PATIENT, ContextOf, of_patient
from app.queries.measure_filter import Span
from app.value.own_measures import OwnMeasure, confirmed, is_withdrawn, within_days
from app.value.rates import Case, Verdict

DAY = 86_400
#: Referrals that should not have been, or were taken back.
WITHDRAWN = (ReferralStatus.CANCELLED, ReferralStatus.ENTERED_IN_ERROR)


def _resolved() -> Any:
    """The patient a row belongs to now: a merge is a link, rows stay where they are."""
    return func.coalesce(Patient.merged_into_id, Patient.id)


def _referral_rows(viewer: Viewer, span: Span) -> Any:
    updated = (
        select(func.min(ReferralUpdate.told_at))
        .where(ReferralUpdate.practice_id == Referral.practice_id, ReferralUpdate.referral_id == Referral.id,
               ReferralUpdate.taken_back_at.is_(None))
        .scalar_subquery()
    )  # fmt: skip
    follow_up = and_(
        Task.practice_id == Referral.practice_id, Task.referral_id == Referral.id,
        Task.type == TaskType.REFERRAL_FOLLOW_UP,
        or_(Task.source_key.is_(None), ~Task.source_key.startswith(ONWARD)),
    )  # fmt: skip
    return db.session.execute(
        visible_referrals(viewer)
        .with_only_columns(
            Referral.id, Referral.status, Referral.received_at, Referral.connected_at,
            updated.label("told_at"), Task.status.label("task_status"), Task.outcome,
            Task.care_team_id, Patient.id.label("patient_id"), _resolved().label("person"), *PATIENT,
        )
        .join(Patient, of_patient(Referral.patient_id, Referral))
        .outerjoin(Task, follow_up)
        .where(span.holds(Referral.received_at))
        .order_by(Referral.received_at, Referral.id, Task.created_at)
    )  # fmt: skip


def referral_cases(
    viewer: Viewer, span: Span, measure: OwnMeasure, context: ContextOf, *, told: bool
) -> Iterator[Case]:
    """A case per referral received: the PCP was told (`told`), or patient and team were in touch, in time."""
    met: set[UUID] = set()
    for row in _referral_rows(viewer, span):
        if row.id in met:
            continue  # a second follow-up of the same referral
        met.add(row.id)
        done = row.told_at if told else row.connected_at
        verdict = within_days(
            row.received_at, done, at=span.at, zone=span.zone, days=measure.days, week=span.week
        )
        withdrawn = row.status in WITHDRAWN or (
            row.task_status is not None and is_withdrawn(row.task_status, row.outcome)
        )
        if withdrawn and done is None:
            verdict = Verdict.EXCLUDED
        yield Case(
            "referral", str(row.id), str(row.person), row.received_at, verdict,
            context(row.patient_id, row.received_at, tuple(row[-3:]), row.care_team_id),
            _days(row.received_at, done or span.at),
        )  # fmt: skip


def _task_rows(viewer: Viewer, span: Span, kind: TaskType) -> Any:
    first = (
        select(func.min(Touchpoint.started_at))
        .join(TouchpointTask, and_(TouchpointTask.practice_id == Touchpoint.practice_id,
                                   TouchpointTask.touchpoint_id == Touchpoint.id))
        .where(
            TouchpointTask.practice_id == Task.practice_id, TouchpointTask.task_id == Task.id,
            stands(),
            or_(Touchpoint.contact_outcome == "reached", Touchpoint.direction == "inbound"),
            Touchpoint.contact_party.in_(("patient", "caregiver")),
        )
        .scalar_subquery()
    )  # fmt: skip
    return db.session.execute(
        visible_tasks(viewer)
        .with_only_columns(
            Task.id, Task.status, Task.outcome, Task.evidence, Task.created_at, Task.completed_at,
            Task.care_team_id, Task.about, first.label("first_contact"),
            Appointment.created_at.label("booked_at"),
            Patient.id.label("patient_id"), _resolved().label("person"), *PATIENT,
        )
        .join(Patient, of_patient(Task.patient_id, Task))
        .outerjoin(Appointment, and_(Appointment.practice_id == Task.practice_id,
                                     Appointment.id == Task.appointment_id))
        .where(Task.type == kind, span.holds(Task.created_at))
        .order_by(Task.created_at, Task.id)
    )  # fmt: skip


def task_cases(viewer: Viewer, span: Span, context: ContextOf, kind: TaskType) -> Iterator[Case]:
    """A case per follow-up begun: confirmed or not; for a kept appointment, the days until it took place."""
    for row in _task_rows(viewer, span, kind):
        verdict = confirmed(row.status, row.outcome, row.evidence)
        kept_at = _took_place(row) if verdict is Verdict.MET else None
        still = verdict is Verdict.UNKNOWN and row.completed_at is None
        yield _task_case(row, verdict, kept_at or (span.at if still else None), context)


def _took_place(row: Any) -> datetime:
    """When the appointment was, as far as anybody wrote that; else when it was confirmed."""
    written = (row.about or {}).get("happens_at")
    happened = datetime.fromisoformat(str(written)) if written else None
    return happened if happened and happened <= row.completed_at else row.completed_at


def first_contact_cases(viewer: Viewer, span: Span, context: ContextOf) -> Iterator[Case]:
    """A case per appointment follow-up: the days until the patient was reached or wrote."""
    for row in _task_rows(viewer, span, TaskType.APPOINTMENT_KEPT):
        reached = row.first_contact
        if reached is not None:
            verdict = Verdict.MET
        elif is_withdrawn(row.status, row.outcome):
            verdict = Verdict.EXCLUDED
        else:
            verdict = Verdict.UNKNOWN if row.completed_at is None else Verdict.NOT_MET
        until = reached or (span.at if verdict is Verdict.UNKNOWN else None)
        yield _task_case(row, verdict, until, context)


def _task_case(row: Any, verdict: Verdict, until: datetime | None, context: ContextOf) -> Case:
    """Time runs from the request: when the appointment was entered, else when the follow-up began. What
    ended before anybody wrote of it has no time."""
    start = min(row.booked_at or row.created_at, row.created_at)
    return Case(
        "task", str(row.id), str(row.person), row.created_at, verdict,
        context(row.patient_id, row.created_at, tuple(row[-3:]), row.care_team_id),
        _days(start, until) if until and until >= start else None,
    )  # fmt: skip


def _days(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0) / DAY
