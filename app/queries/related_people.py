"""The people around a patient, each with their phone and what it says about texts. Three statements."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.access import visible_related_people
from app.core.db import db
from app.models.consent import EVERYTHING, Consent, ConsentDecision
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.patient import RelatedPerson
from app.models.viewer import Viewer
from app.queries.surroundings import ConsentState


@dataclass(frozen=True, slots=True)
class Helper:
    """One person around the patient. `texts`: what they themselves said about being texted."""

    person: RelatedPerson
    number: PhoneNumber | None
    texts: ConsentState
    #: Whether what was agreed holds today.
    holds: bool

    @property
    def is_over(self) -> bool:
        return self.person.ended_at is not None

    @property
    def may_be_texted(self) -> bool:
        usable = self.number is not None and self.number.state == "ok"
        return self.holds and usable and self.texts == "given"


def helpers_of(viewer: Viewer, patient_id: UUID, *, today: date) -> list[Helper]:
    """Who is around the patient now comes first, then who was."""
    at_phone = and_(
        ContactPoint.practice_id == RelatedPerson.practice_id,
        ContactPoint.related_person_id == RelatedPerson.id,
        or_(ContactPoint.ended_at.is_(None), ContactPoint.ended_at == RelatedPerson.ended_at),
    )
    rows = db.session.execute(
        visible_related_people(viewer)
        .add_columns(PhoneNumber)
        .outerjoin(ContactPoint, at_phone)
        .outerjoin(PhoneNumber, and_(
            PhoneNumber.practice_id == ContactPoint.practice_id,
            PhoneNumber.id == ContactPoint.phone_number_id))
        .where(RelatedPerson.patient_id == patient_id)
        .order_by(RelatedPerson.from_on.desc(), RelatedPerson.id.desc())
    ).all()  # fmt: skip
    said = texts_of(viewer.practice_id, [number.id for _, number in rows if number])
    found = [
        Helper(person, number, _state(number, said), person.holds_on(today))
        for person, number in rows
    ]
    return sorted(found, key=lambda each: not each.holds)


def texts_of(practice_id: UUID, number_ids: list[UUID]) -> dict[UUID, ConsentState]:
    """What was last said for each number itself, whoever else uses it."""
    rows = db.session.scalars(
        select(Consent)
        .where(
            Consent.practice_id == practice_id,
            Consent.patient_id.is_(None),
            Consent.phone_number_id.in_(number_ids),
            Consent.channel == "sms",
            Consent.purpose == EVERYTHING,
        )
        .order_by(Consent.recorded_at, Consent.id)
    )
    return {
        row.phone_number_id: "given" if row.decision is ConsentDecision.GIVEN else "withdrawn"
        for row in rows
        if row.phone_number_id is not None
    }


def _state(number: PhoneNumber | None, said: dict[UUID, ConsentState]) -> ConsentState:
    if number is None:
        return "unknown"
    return "withdrawn" if number.opted_out_at is not None else said.get(number.id, "unknown")
