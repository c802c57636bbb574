"""The people around a patient, each with their phone and what it says about texts. Four statements."""

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
    #: The phone they had before and said yes at, where they have not been asked about this one.
    said_yes_at: PhoneNumber | None = None

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
    before = _numbers_before(viewer, [person.id for person, _ in rows])
    known = [number.id for _, number in rows if number]
    said = texts_of(viewer.practice_id, known + [each.id for each in before.values()])
    found = [
        Helper(
            person, number, _state(number, said), person.holds_on(today),
            said_yes_at=_yes_before(before.get(person.id), said),
        )
        for person, number in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: not each.holds)


def _numbers_before(viewer: Viewer, person_ids: list[UUID]) -> dict[UUID, PhoneNumber]:
    """The phone each of them had last before the one they have now."""
    rows = db.session.execute(
        select(ContactPoint.related_person_id, PhoneNumber)
        .join(PhoneNumber, and_(
            PhoneNumber.practice_id == ContactPoint.practice_id,
            PhoneNumber.id == ContactPoint.phone_number_id))
        .where(
            ContactPoint.practice_id == viewer.practice_id,
            ContactPoint.related_person_id.in_(person_ids),
            ContactPoint.ended_at.is_not(None),
        )
        .order_by(ContactPoint.ended_at, ContactPoint.id)
    )  # fmt: skip
    return {person_id: number for person_id, number in rows if person_id is not None}


def _yes_before(number: PhoneNumber | None, said: dict[UUID, ConsentState]) -> PhoneNumber | None:
    return number if number is not None and _state(number, said) == "given" else None


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
