"""The whole history of one phone number on one page: every consent, STOP and START, every mark, and who has
used it from when to when, newest first. A constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.access import seen, visible_conversations, visible_patients
from app.core.db import db
from app.core.errors import NotFound
from app.models.consent import Consent
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.patient import Patient, RelatedPerson
from app.models.viewer import Viewer
from app.queries.carrier_blocks import lines_blocked
from app.queries.timeline import staff_names

MOST = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `kind`: consent, event, use (somebody's from then on) or end."""

    kind: str
    at: datetime
    row: Consent | Event | ContactPoint


@dataclass(frozen=True, slots=True)
class Use:
    """Somebody who uses the number or did. `patient` None: one this viewer may not see."""

    point: ContactPoint
    patient: Patient | None
    caregiver: str | None


@dataclass(frozen=True, slots=True)
class NumberHistory:
    number: PhoneNumber
    #: Who has it, those who still do first.
    uses: list[Use]
    moments: list[Moment]
    #: Patients of the story by id; who is missing is not the viewer's to see.
    people: Mapping[UUID, Patient]
    names: Mapping[UUID, str]
    #: Our lines the carrier keeps from it.
    blocked: Sequence[str]


def number_history(viewer: Viewer, number_id: UUID) -> NumberHistory:
    """Raises NotFound for a number that nobody this viewer may see uses, used or wrote from."""
    number = _visible_number(viewer, number_id)
    points = _points(number)
    people = _people(viewer, [point.patient_id for point, _ in points])
    uses = [Use(point, people.get(point.patient_id), name) for point, name in points]
    if not uses and not viewer.sees_practice and not _wrote_from(viewer, number):
        raise NotFound
    if uses and not people and not viewer.sees_practice:
        raise NotFound
    seen(viewer, list(people), through="number")
    consents = _consents(number, list(people))
    people |= _people(viewer, [row.patient_id for row in consents if row.patient_id])
    moments = [
        *(Moment("consent", row.recorded_at, row) for row in consents),
        *(Moment("event", row.at, row) for row in _events(number)),
        *(Moment("use", use.point.created_at, use.point) for use in uses),
        *(Moment("end", use.point.ended_at, use.point) for use in uses if use.point.ended_at),
    ]
    moments.sort(key=lambda moment: (moment.at, moment.row.id), reverse=True)
    blocked = lines_blocked(number.practice_id, [number.id] if number.carrier_blocked_at else [])
    return NumberHistory(
        number, uses, moments, people, staff_names(viewer), blocked.get(number.id, ())
    )


def _visible_number(viewer: Viewer, number_id: UUID) -> PhoneNumber:
    wanted = select(PhoneNumber).where(
        PhoneNumber.practice_id == viewer.practice_id, PhoneNumber.id == number_id
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound
    return found


def _wrote_from(viewer: Viewer, number: PhoneNumber) -> bool:
    """A thread the viewer sees goes to this number: an unknown sender's intake."""
    threads = visible_conversations(viewer).where(Conversation.phone_number_id == number.id)
    return db.session.scalars(threads.limit(1)).first() is not None


def _points(number: PhoneNumber) -> list[tuple[ContactPoint, str | None]]:
    rows = db.session.execute(
        select(ContactPoint, RelatedPerson.name)
        .outerjoin(
            RelatedPerson,
            and_(
                RelatedPerson.practice_id == ContactPoint.practice_id,
                RelatedPerson.id == ContactPoint.related_person_id,
            ),
        )
        .where(
            ContactPoint.practice_id == number.practice_id,
            ContactPoint.phone_number_id == number.id,
        )
        .order_by(ContactPoint.ended_at.is_not(None), ContactPoint.created_at, ContactPoint.id)
        .limit(MOST)
    )
    return [(point, name) for point, name in rows]


def _people(viewer: Viewer, patient_ids: list[UUID]) -> dict[UUID, Patient]:
    found = db.session.scalars(visible_patients(viewer).where(Patient.id.in_(patient_ids)))
    return {row.id: row for row in found}


def _consents(number: PhoneNumber, visible_ids: list[UUID]) -> list[Consent]:
    """Decisions about this number, and those of its people that name no number."""
    of_people = and_(Consent.patient_id.in_(visible_ids), Consent.phone_number_id.is_(None))
    rows = (
        select(Consent)
        .where(
            Consent.practice_id == number.practice_id,
            Consent.channel == "sms",
            or_(Consent.phone_number_id == number.id, of_people),
        )
        .order_by(Consent.recorded_at.desc(), Consent.id.desc())
        .limit(MOST)
    )
    return list(db.session.scalars(rows))


def _events(number: PhoneNumber) -> list[Event]:
    rows = select(Event).where(
        Event.practice_id == number.practice_id,
        Event.subject_type == PhoneNumber.__tablename__,
        Event.subject_id == number.id,
    )
    return list(db.session.scalars(rows.order_by(Event.at.desc()).limit(MOST)))
