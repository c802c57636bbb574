"""Writing the touchpoint ledger: one contact, one row, unique by its source, with the context of that
moment frozen into it (payer, subgroup, team, setting, consent). Corrections are new rows."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions.touchpoint_attempts import attempt_number
from app.actions.touchpoint_consent import caregiver_of, consent_to_texts
from app.actions.touchpoint_contact import (
    ACTIVITY_OF_PURPOSE,
    ACTIVITY_OF_TASK,
    Contact,
    check_contact,
)
from app.actions.touchpoint_context import Context, context_of, staff_context
from app.actions.touchpoint_programs import programs_of
from app.core.db import db
from app.models.event import SYSTEM, Actor, record
from app.models.message import Direction, Message
from app.models.month_close import AFTER_CLOSE, came_after_close
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.sensitivity import strictest
from app.models.task import Task
from app.models.touchpoint import (
    ActorKind,
    Touchpoint,
    TouchpointTask,
    TouchpointText,
)


def write(
    contact: Contact,
    *,
    by: Actor,
    at: datetime,
    is_new: bool = False,
    context: Context | None = None,
) -> Touchpoint | None:
    """Add the contact's row; None when its source is in the ledger already (it never counts twice).

    `is_new`: the source was written in this very transaction, so there is nothing to look up. `context`:
    the patient's at the contact's start, when it was read with others'.
    Raises Invalid for times, minutes or activities that cannot be true.
    """
    practice_id = contact.patient.practice_id
    practice = db.session.get_one(Practice, practice_id)
    check_contact(contact, at=at, longest=timedelta(minutes=practice.longest_entry_minutes))
    if not is_new and _is_known(practice_id, contact.source_kind, contact.source_id):
        return None
    patient = contact.patient
    context = context or context_of(
        patient, practice, channel=contact.channel, at=contact.started_at
    )
    row = Touchpoint(**_values(contact, practice, context, by=by, at=at))
    db.session.add(row)
    _add_parts(row, contact)
    record(
        row, "touchpoint.recorded", by=by, at=at, activity=row.activity_type, channel=row.channel
    )
    return row


def _is_known(practice_id: UUID, source_kind: str, source_id: str) -> bool:
    found = db.session.scalar(
        select(Touchpoint.id).where(
            Touchpoint.practice_id == practice_id,
            Touchpoint.source_kind == source_kind,
            Touchpoint.source_id == source_id,
        )
    )
    return found is not None


#: What a contact says about itself, under the ledger's own names.
_SAID = (
    "source_kind", "source_id", "started_at", "ended_at", "seconds", "minutes_source", "actor_kind",
    "actor_id", "contact_party", "relationship", "channel", "direction", "is_synchronous",
    "is_interactive", "contact_outcome", "activity_type", "segments",
)  # fmt: skip


def _values(
    contact: Contact, practice: Practice, context: Context, *, by: Actor, at: datetime
) -> dict[str, Any]:
    patient, message = contact.patient, contact.message
    goal, sensitivity = _labels(contact, context.sensitivity)
    programs, agreed = programs_of(contact, practice)
    staff = staff_context(
        patient.practice_id, contact.actor_id, contact.actor_kind, at=contact.started_at
    )
    return {
        **{name: getattr(contact, name) for name in _SAID},
        **{name: getattr(context, name) for name in Context.__slots__},
        "sensitivity": sensitivity,
        "programs": programs,
        "consent_id": agreed or consent_to_texts(contact, context.consent_id),
        "goal": goal,
        "practice_id": patient.practice_id,
        "patient_id": patient.id,
        "message_id": message.id if message else None,
        "conversation_id": message.conversation_id if message else None,
        "time_zone": practice.time_zone,
        "recorded_at": at,
        "late_entry_reason": _why_late(contact, practice, at=at),
        "actor_name": staff.name,
        "actor_npi": staff.npi,
        "actor_role": staff.role,
        "actor_credential": staff.credential,
        "supervisor_id": staff.supervisor_id,
        "attempt_number": attempt_number(contact),
        "result": dict(contact.result),
        "entered_by_id": by.id if by.kind == "user" else None,
    }


def _labels(contact: Contact, of_patient: str | None) -> tuple[str | None, str | None]:
    """The goal it served and the strictest of the labels of the contact, its tasks and the patient."""
    keys = [(contact.patient.practice_id, task_id) for task_id in contact.task_ids]
    served = [task for task in (db.session.get(Task, key) for key in keys) if task is not None]
    goals = (contact.goal, *(task.goal for task in served))
    labels = (contact.sensitivity, *(task.sensitivity for task in served), of_patient)
    return next((goal for goal in goals if goal), None), strictest(labels)


def _why_late(contact: Contact, practice: Practice, *, at: datetime) -> str | None:
    """What the person says, else that it came after its month was closed or many days later."""
    reason = contact.late_entry_reason
    if came_after_close(practice.id, practice.time_zone, worked_at=contact.started_at, at=at):
        return f"{reason}; {AFTER_CLOSE}" if reason else AFTER_CLOSE
    late = at - contact.ended_at > timedelta(days=practice.late_entry_days)
    return reason or ("entered later" if late else None)


def _add_parts(row: Touchpoint, contact: Contact) -> None:
    """The free text with a salt of its own, and the tasks it served."""
    if contact.summary is not None:
        db.session.add(
            TouchpointText(
                practice_id=row.practice_id,
                touchpoint_id=row.id,
                salt=secrets.token_bytes(32),
                summary=contact.summary,
            )
        )
    for task_id in dict.fromkeys(contact.task_ids):
        db.session.add(
            TouchpointTask(practice_id=row.practice_id, touchpoint_id=row.id, task_id=task_id)
        )


def of_message(
    message: Message,
    *,
    at: datetime,
    task_ids: Iterable[UUID] = (),
    refiled: int = 0,
    is_new: bool = False,
    context: Context | None = None,
) -> Touchpoint | None:
    """The row of one text or chat line: inbound when it arrives, outbound once the carrier took it.

    `refiled` numbers the row anew when the message went to another patient and its row was reversed;
    `is_new` says that the message came in just now, or leaves now; `context` as for `write`.
    None while the patient is not known (it's written when the patient is resolved, with the original
    time), or when the message has its row already.
    """
    if message.patient is None:
        return None
    by = Actor("user", message.author_id) if message.author_id else SYSTEM
    served = tuple(task_ids) or ((message.task_id,) if message.task_id else ())
    contact = _contact_of(message, message.patient, served, at)
    if refiled:
        contact = replace(
            contact, source_kind="refiled_message", source_id=f"{message.id}:{refiled}"
        )
    return write(contact, by=by, at=at, is_new=is_new, context=context)


def values_of_text(
    message: Message, patient: Patient, practice: Practice, context: Context, *, at: datetime
) -> dict[str, Any]:
    """The row of a text that just came in and serves no task, for whoever writes it with the text itself.

    Raises Invalid as `write` does.
    """
    contact = _contact_of(message, patient, (), at)
    check_contact(contact, at=at, longest=timedelta(minutes=practice.longest_entry_minutes))
    return _values(contact, practice, context, by=SYSTEM, at=at)


def _contact_of(
    message: Message, patient: Patient, served: tuple[UUID, ...], at: datetime
) -> Contact:
    inbound = message.is_inbound
    moment = message.created_at if inbound else (message.sent_at or at)
    kind, caregiver = _actor_kind(message), caregiver_of(message)
    return Contact(
        patient=patient,
        source_kind="message",
        source_id=str(message.id),
        activity_type=_activity(message),
        channel=message.channel,
        direction=message.direction,
        actor_kind=kind,
        actor_id=message.author_id if kind is ActorKind.HUMAN else None,
        started_at=moment,
        ended_at=moment,
        contact_party="caregiver" if message.related_person_id else "patient",
        relationship=caregiver.relationship if caregiver else None,
        is_interactive=inbound,
        contact_outcome="reached" if inbound else "sent",
        task_ids=served,
        result=_result(message),
        message=message,
        sensitivity=message.sensitivity,
        segments=None if inbound else message.segments,
    )


def _actor_kind(message: Message) -> ActorKind:
    if message.is_inbound:
        return ActorKind.CAREGIVER if message.related_person_id else ActorKind.PATIENT
    return ActorKind.HUMAN if message.author_id else ActorKind.SYSTEM


def _activity(message: Message) -> str:
    """A question's template is named after its task's type: `medication_received.ask`."""
    if message.direction is Direction.INBOUND:
        return "message_received"
    task_type = (message.template_key or "").partition(".")[0]
    by_purpose = ACTIVITY_OF_PURPOSE.get(message.purpose, "message_sent")
    return ACTIVITY_OF_TASK.get(task_type, by_purpose)


def _result(message: Message) -> dict[str, Any]:
    """What the rules understood of an answer; never its words."""
    understood = message.understood or {}
    return {name: understood[name] for name in ("kind", "key") if name in understood}
