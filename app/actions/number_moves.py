"""A number that was taken for the wrong person's goes along with their message: it ends there and is the
right person's from now on, so that the next text does not go the same wrong way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.actions import number_endings, patient_contacts
from app.core.db import db
from app.core.ids import new_id
from app.models.contact_point import ContactPoint, ContactSystem
from app.models.event import Actor, record
from app.models.message import Message
from app.models.patient import Patient


def point_of(message: Message, patient: Patient) -> ContactPoint | None:
    """The number the message came from, where it is one of the patient's own."""
    own = select(ContactPoint).where(
        ContactPoint.practice_id == message.practice_id,
        ContactPoint.patient_id == patient.id,
        ContactPoint.phone_number_id == message.phone_number_id,
        ContactPoint.phone_number_id.is_not(None),
        ContactPoint.related_person_id.is_(None),
        ContactPoint.ended_at.is_(None),
    )
    return db.session.scalars(own.order_by(ContactPoint.created_at)).first()


def came_with(message: Message, point: ContactPoint | None) -> bool:
    """Whether the number was written down because of what came from it, by "Who is this?"."""
    return point is not None and point.created_at >= message.created_at


def move(
    message: Message, wrong: Patient, right: Patient, *, by: Actor, at: datetime
) -> dict[str, Any]:
    """From the one to the other; what `move_back` has to know. Nothing when it is not theirs any more."""
    point = point_of(message, wrong)
    if point is None:
        return {}
    number_endings.end(wrong, point, by=by, at=at)
    added = None
    if point_of(message, right) is None:
        added = _add(message, right, by=by, at=at)
    return {"number_from": str(point.id), "number_to": str(added.id) if added else None}


def move_back(
    facts: Mapping[str, Any], whose: Patient, now_with: Patient, *, by: Actor, at: datetime
) -> None:
    """As it was before the move."""
    if facts.get("number_from") is None:
        return
    point = number_endings.phone_of(whose, UUID(facts["number_from"]))
    number_endings.take_back(whose, point, by=by, at=at)
    if facts.get("number_to") is not None:
        added = number_endings.phone_of(now_with, UUID(facts["number_to"]))
        number_endings.end(now_with, added, by=by, at=at)
        added.not_theirs_at = None  # nobody said that: it was a move too many


def _add(message: Message, patient: Patient, *, by: Actor, at: datetime) -> ContactPoint:
    number_id = message.phone_number_id
    if number_id is None:
        raise LookupError("a number that was theirs is known")
    patient_contacts.believe(patient, number_id)
    last = select(func.max(ContactPoint.rank)).where(
        ContactPoint.practice_id == patient.practice_id, ContactPoint.patient_id == patient.id
    )
    point = ContactPoint(
        practice_id=patient.practice_id,
        id=new_id(),
        patient_id=patient.id,
        system=ContactSystem.PHONE,
        phone_number_id=number_id,
        rank=int(db.session.scalar(last) or 0) + 1,
        created_at=at,
    )
    db.session.add(point)
    db.session.flush()
    record(patient, "patient.updated", by=by, at=at, fields=["phone"])
    return point
