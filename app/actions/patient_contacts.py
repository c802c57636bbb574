"""A patient's own ways to be reached: the best phone and the e-mail. A phone number is an entity that
several people may share, so it is found before it is made; old contact points end, they are not deleted."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.core.db import db, insert_into
from app.core.ids import new_id
from app.models.contact_point import ContactPoint, ContactSystem, NumberState, PhoneNumber
from app.models.patient import Patient


class NumberBook:
    """The practice's phone numbers by E.164, found or made; a batch asks for all of its own at once."""

    def __init__(self, practice_id: UUID) -> None:
        self.practice_id = practice_id
        self._known: dict[str, PhoneNumber] = {}
        self._by_id: dict[UUID, PhoneNumber] = {}

    def number(self, e164: str, *, at: datetime) -> PhoneNumber:
        if e164 not in self._known:
            self.load([e164], at=at)
        return self._known[e164]

    def by_id(self, number_id: UUID) -> PhoneNumber | None:
        """A number this book has read already."""
        return self._by_id.get(number_id)

    def load(self, numbers: Iterable[str], *, at: datetime) -> None:
        """Make what is missing and read them all, in two statements; safe beside other writers."""
        wanted = sorted(set(numbers) - set(self._known))
        if not wanted:
            return
        made = [
            {"practice_id": self.practice_id, "id": new_id(), "e164": e164, "state": NumberState.OK,
             "created_at": at}
            for e164 in wanted
        ]  # fmt: skip
        db.session.execute(
            insert_into(PhoneNumber)
            .values(made)
            .on_conflict_do_nothing(index_elements=["practice_id", "e164"])
        )
        found = db.session.scalars(
            select(PhoneNumber).where(
                PhoneNumber.practice_id == self.practice_id, PhoneNumber.e164.in_(wanted)
            )
        )
        for number in found:
            self._known[number.e164] = self._by_id[number.id] = number


def set_phone(
    patient: Patient, number: PhoneNumber | None, current: list[ContactPoint], *, at: datetime
) -> bool:
    """Make `number` the patient's phone (None = no phone any more). False when it already was one.

    The phone it replaces ends, so that nothing is sent to a number the practice no longer believes in.
    """
    phones = [point for point in current if point.system is ContactSystem.PHONE]
    if number is not None and any(point.phone_number_id == number.id for point in phones):
        return False
    ending = phones[:1] if number is not None else phones
    for point in ending:
        point.ended_at = at
        current.remove(point)
    if number is not None:
        current.insert(0, _add(patient, ContactSystem.PHONE, number=number, at=at))
    return number is not None or bool(ending)


def believe(patient: Patient, number_id: UUID) -> None:
    """A person says that it is theirs after all: whoever says so next is believed again."""
    db.session.execute(
        update(ContactPoint)
        .where(
            ContactPoint.practice_id == patient.practice_id,
            ContactPoint.patient_id == patient.id,
            ContactPoint.phone_number_id == number_id,
            ContactPoint.related_person_id.is_(None),
        )
        .values(not_theirs_at=None)
    )


def set_email(
    patient: Patient, email: str | None, current: list[ContactPoint], *, at: datetime
) -> bool:
    """Make `email` the patient's e-mail (None = none any more). False when nothing changed."""
    mails = [point for point in current if point.system is ContactSystem.EMAIL]
    if any(point.email == email for point in mails) or (email is None and not mails):
        return False
    for point in mails:
        point.ended_at = at
        current.remove(point)
    if email is not None:
        current.append(_add(patient, ContactSystem.EMAIL, email=email, at=at))
    return True


def _add(
    patient: Patient,
    system: ContactSystem,
    *,
    at: datetime,
    number: PhoneNumber | None = None,
    email: str | None = None,
) -> ContactPoint:
    point = ContactPoint(
        practice_id=patient.practice_id,
        patient_id=patient.id,
        system=system,
        phone_number_id=number.id if number else None,
        email=email,
        rank=1,
        created_at=at,
    )
    db.session.add(point)
    return point
