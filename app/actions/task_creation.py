"""Creating a task: its protocol's current version, its due day, what it is about, and the start of its
ladder. Others reach it as `tasks.create`."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import select

from app.actions import ladder, ladder_texts, protocols, team_routes
from app.actions.referral_milestones import reach
from app.actions.touchpoint_contact import CLOCK_TOLERANCE
from app.core.db import db
from app.core.errors import Invalid
from app.models.appointment import Appointment, MedicationOrder
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.protocol import Protocol
from app.models.protocol_definition import Definition
from app.models.referral import Referral
from app.models.referral_clock import week_end
from app.models.referral_state import MilestoneKind
from app.models.sensitivity import label_named, strictest
from app.models.task import Needs, Task, TaskStatus, TaskType
from app.models.task_deadline import Due, Moments, due_of, first_moment, given_day


class TaskDetails(TypedDict, total=False):
    """What may be said about a task beside its patient and type.

    `about` is for people and placeholders (medication_label, appointment_place, happens_at as aware ISO
    text, …). `received_at` is when it reached the practice: days count from there (default: the
    referral's, else now). A `source_key` seen before gives the first task back. `ask_first` False leaves
    the texts out and begins with a call. No text leaves before `not_before`.
    """

    received_at: datetime | None
    due_on: date | None
    about: Mapping[str, Any] | None
    owner_id: UUID | None
    referral: Referral | None
    appointment: Appointment | None
    medication_order: MedicationOrder | None
    source_key: str | None
    priority: str
    ask_first: bool
    #: A label of what must be handled with care, and the goal of the care plan it serves.
    sensitivity: str | None
    goal: str | None
    not_before: datetime | None
    #: What a person has to do from the start; nothing climbs by itself.
    needs: Needs


def create(
    patient: Patient, type: TaskType, *, by: Actor, at: datetime, **details: Unpack[TaskDetails]
) -> Task:
    """A task on its protocol's current version; its ladder begins at once or on its day. One whose day
    was over when it was written down is overdue from the start: a lead decides, nobody is texted.

    Raises Invalid when `about` cannot be used, or for what came in the future.
    """
    seen = _by_source(patient.practice_id, details.get("source_key"))
    if seen is not None:
        return seen
    if type is TaskType.REFERRAL_FOLLOW_UP and details.get("referral") is None:
        received_at = _received(details, at=at)
        details["referral"] = _bare_referral(patient, received_at, by=by, at=at)
    practice = db.session.get_one(Practice, patient.practice_id)
    about = _about(details)
    moments = Moments(at, _happens(about), _received(details, at=at))
    # Held: whoever asks again has it at hand.
    protocol = protocols.current(practice.id, type, at=at)
    route = team_routes.route_of(patient)
    task = _row(patient, protocol, practice, moments, about, details)
    task.care_team_id = route.team_id
    is_late, needs = task.due_at <= at, details.get("needs")
    asks_first = details.get("ask_first", True) and needs is None
    first = _first(protocol, patient, moments, details)
    if asks_first and not is_late:
        task.next_step_at = first  # said now, one statement writes it
    db.session.add(task)
    record(task, "task.created", by=by, at=at, type=task.type.value, due_on=task.due_on.isoformat(),
           received_at=moments.came.isoformat(), **route.facts)  # fmt: skip
    db.session.flush()
    if is_late:
        ladder.mark_overdue(task, at=at)
    elif asks_first:
        ladder.start(task, first, at=at)
    elif needs is not None:
        task.need(needs, at=at)
    else:
        ladder.start_with_call(task, at=at)
    return task


def _first(
    protocol: Protocol, patient: Patient, moments: Moments, details: TaskDetails
) -> datetime:
    first = first_moment(protocols.read(protocol), moments, ladder_texts.zone_of(patient))
    return max(first, details.get("not_before") or first)


def _row(
    patient: Patient,
    protocol: Protocol,
    practice: Practice,
    moments: Moments,
    about: dict[str, Any],
    details: TaskDetails,
) -> Task:
    definition = protocols.read(protocol)
    owner_id = details.get("owner_id")
    due = _due(details, definition, practice, moments)
    referral, appointment = details.get("referral"), details.get("appointment")
    order = details.get("medication_order")
    return Task(
        practice_id=practice.id,
        type=protocol.task_type,
        status=TaskStatus.ACCEPTED if owner_id else TaskStatus.REQUESTED,
        priority=details.get("priority", "routine"),
        patient_id=patient.id,
        owner_id=owner_id,
        about=about,
        source_key=details.get("source_key"),
        sensitivity=strictest((label_named(details.get("sensitivity")), definition.sensitivity)),
        goal=(details.get("goal") or "").strip()[:200] or None,
        referral_id=referral.id if referral else None,
        appointment_id=appointment.id if appointment else None,
        medication_order_id=order.id if order else None,
        received_at=moments.came,
        due_on=due.day,
        due_zone=practice.time_zone,
        due_rule=due.rule,
        due_at=due.at,
        protocol_id=protocol.id,
        step=0,
        occurrence=0,
        created_at=moments.created,
        updated_at=moments.created,
    )


def _due(details: TaskDetails, definition: Definition, practice: Practice, moments: Moments) -> Due:
    given = details.get("due_on")
    return given_day(given, practice) if given else due_of(definition, practice, moments)


def _received(details: TaskDetails, *, at: datetime) -> datetime:
    """When it reached the practice; two clocks may differ a little, but nothing comes in the future."""
    referral = details.get("referral")
    said = details.get("received_at") or (referral.received_at if referral else None) or at
    if said > at + CLOCK_TOLERANCE:
        raise Invalid("It cannot have come in the future.", field="received_at")
    return min(said, at)


def _by_source(practice_id: UUID, source_key: str | None) -> Task | None:
    if source_key is None:
        return None
    return db.session.scalars(
        select(Task).where(Task.practice_id == practice_id, Task.source_key == source_key)
    ).one_or_none()


def _bare_referral(patient: Patient, received_at: datetime, *, by: Actor, at: datetime) -> Referral:
    """A follow-up always has a referral, so that telling the PCP has a place to be recorded."""
    referral = Referral(
        practice_id=patient.practice_id,
        patient_id=patient.id,
        reason="",
        received_at=received_at,
        created_at=at,
    )
    practice = db.session.get_one(Practice, patient.practice_id)
    referral.week_ends_at = week_end(received_at, practice)
    db.session.add(referral)
    db.session.flush()
    reach(referral, MilestoneKind.RECEIVED, by=by, at=at, happened_at=received_at)
    return referral


def _about(details: TaskDetails) -> dict[str, Any]:
    """What was said, with what the appointment or the order itself knows."""
    about = dict(details.get("about") or {})
    appointment, order = details.get("appointment"), details.get("medication_order")
    if appointment is not None:
        about.setdefault("happens_at", appointment.starts_at.isoformat())
        about.setdefault("appointment_place", appointment.place)
    if order is not None:
        about.setdefault("medication_label", order.label)
    return about


def _happens(about: Mapping[str, Any]) -> datetime | None:
    written = about.get("happens_at")
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        raise Invalid("happens_at must be a date and time with its zone.", field="about") from None
    if moment.tzinfo is None:
        raise Invalid("happens_at needs its zone, like 2026-03-03T17:00:00Z.", field="about")
    return moment
