"""The numbers of a referring office. A text or call from one of them is the office's, never a patient's, so
a number that a patient uses has to end there first."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from app.actions.patient_contacts import NumberBook
from app.core.db import db
from app.core.errors import Invalid
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.referral import Referrer
from messaging import phone as phones
from messaging.errors import BadNumber


def set_numbers(office: Referrer, wanted: Iterable[str | None], *, at: datetime) -> None:
    """These and no others (E.164) are the office's. Raises Invalid for a patient's or another office's."""
    numbers = dict.fromkeys(e164 for e164 in wanted if e164)
    book = NumberBook(office.practice_id)
    book.load(numbers, at=at)
    chosen = [book.number(e164, at=at) for e164 in numbers]
    for number in chosen:
        _check(number, office)
    for number in of_office(office):
        if number not in chosen:
            number.referrer_id = None
    for number in chosen:
        number.referrer_id = office.id


def claim_free(office: Referrer, phone: str, *, at: datetime) -> None:
    """A new office's phone is its own, unless somebody uses it already or it is no number as another system
    wrote it: staff decide that on its page."""
    try:
        e164 = phones.parse(phone)
    except BadNumber:
        return
    number = NumberBook(office.practice_id).number(e164, at=at)
    if number.partner_id is None and not is_patients(number):
        number.referrer_id = office.id


def of_office(office: Referrer) -> list[PhoneNumber]:
    """Its numbers, the oldest first."""
    rows = select(PhoneNumber).where(
        PhoneNumber.practice_id == office.practice_id, PhoneNumber.referrer_id == office.id
    )
    return list(db.session.scalars(rows.order_by(PhoneNumber.created_at, PhoneNumber.id)))


def holder_of(practice_id: UUID, phone: str, *, unless: UUID | None = None) -> str | None:
    """The office or organization whose number this is, by name; None for a free one, for what is no number,
    and where the patient `unless` has it on record already."""
    try:
        e164 = phones.parse(phone)
    except BadNumber:
        return None
    rows = select(PhoneNumber).where(
        PhoneNumber.practice_id == practice_id, PhoneNumber.e164 == e164
    )
    number = db.session.scalars(rows).one_or_none()
    if number is None or number.partner is None or _has(number, unless):
        return None
    return number.partner.name


def _has(number: PhoneNumber, patient_id: UUID | None) -> bool:
    mine = exists().where(
        ContactPoint.practice_id == number.practice_id,
        ContactPoint.phone_number_id == number.id,
        ContactPoint.patient_id == patient_id,
        ContactPoint.ended_at.is_(None),
    )
    return patient_id is not None and bool(db.session.scalar(select(mine)))


def _check(number: PhoneNumber, office: Referrer) -> None:
    shown = phones.show(number.e164)
    if number.partner_id not in (None, office.id):
        raise Invalid(
            f"Another office or organization has {shown}. Take it away there first.", field="phone"
        )
    if number.referrer_id is None and is_patients(number):
        raise Invalid(
            f"A patient’s record has {shown}, so what comes from it is theirs. End it there first.",
            field="phone",
        )


def is_patients(number: PhoneNumber) -> bool:
    used = exists().where(
        ContactPoint.practice_id == number.practice_id,
        ContactPoint.phone_number_id == number.id,
        ContactPoint.ended_at.is_(None),
    )
    return bool(db.session.scalar(select(used)))
