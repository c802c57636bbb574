"""The wall of invented phones: numbers with the people on them, and what was texted last. A phone is shown
when the viewer may see everyone on it; numbers nobody is known for are for staff who see intake."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, or_, select
from sqlalchemy.orm import joinedload

from app import access
from app.core.db import db
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.lease import SandboxMessage
from app.models.patient import Patient
from app.models.viewer import Viewer

WALL = 60

_HELD = and_(
    ContactPoint.practice_id == PhoneNumber.practice_id,
    ContactPoint.phone_number_id == PhoneNumber.id,
    ContactPoint.ended_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class Phone:
    """An invented phone: whose it is (nobody's when unknown) and the newest text on it."""

    number: PhoneNumber
    people: tuple[Patient, ...]
    last: SandboxMessage | None

    @property
    def names(self) -> str:
        """Who has it: an office or organization, or people; "" when nobody knows."""
        if self.number.partner is not None:
            return self.number.partner.name
        return ", ".join(person.name for person in self.people)


def wall(viewer: Viewer, *, search: str = "") -> list[Phone]:
    """Phones by their newest text, then by number; three statements."""
    last_at = _last_at(viewer).subquery()
    statement = (
        _visible_numbers(viewer)
        .outerjoin(last_at, last_at.c.phone == PhoneNumber.e164)
        .order_by(last_at.c.at.desc().nulls_last(), PhoneNumber.e164)
        .limit(WALL)
    )
    if search:
        statement = statement.where(_holds(search))
    return _phones(viewer, db.session.scalars(statement).all())


def find_phone(viewer: Viewer, e164: str) -> Phone | None:
    """One phone of the wall, or None."""
    number = db.session.scalars(
        _visible_numbers(viewer).where(PhoneNumber.e164 == e164)
    ).one_or_none()
    return _phones(viewer, [number])[0] if number is not None else None


def _visible_numbers(viewer: Viewer) -> Select[PhoneNumber]:
    """Numbers on which everyone is visible to the viewer."""
    seen = access.visible_patients(viewer).with_only_columns(Patient.id)
    hidden = select(ContactPoint.id).where(_HELD, ContactPoint.patient_id.not_in(seen)).exists()
    mine = select(PhoneNumber).where(PhoneNumber.practice_id == viewer.practice_id, ~hidden)
    return mine.options(joinedload(PhoneNumber.referrer), joinedload(PhoneNumber.organization))


#: Written out: PostgreSQL takes two bound values in SELECT and GROUP BY for two different things.
_INBOUND: ColumnElement[str] = literal_column("'inbound'")


def _other_end() -> ColumnElement[str]:
    """The phone's number in a text, whichever way it went."""
    return case(
        (SandboxMessage.direction == _INBOUND, SandboxMessage.sender),
        else_=SandboxMessage.recipient,
    )


def _last_at(viewer: Viewer) -> Select[str, datetime]:
    return (
        select(_other_end().label("phone"), func.max(SandboxMessage.at).label("at"))
        .where(SandboxMessage.practice_id == viewer.practice_id)
        .group_by(_other_end())
    )


def _holds(search: str) -> ColumnElement[bool]:
    """That a name on the phone, or its number, holds the words."""
    named = [
        column.icontains(search, autoescape=True)
        for column in (Patient.given_name, Patient.family_name)
    ]
    digits = "".join(char for char in search if char.isdecimal())
    people = (
        select(ContactPoint.id)
        .join(Patient, and_(
            Patient.practice_id == ContactPoint.practice_id,
            Patient.id == ContactPoint.patient_id))
        .where(_HELD, or_(*named))
        .exists()
    )  # fmt: skip
    return or_(people, PhoneNumber.e164.contains(digits)) if digits else people


def _phones(viewer: Viewer, numbers: Sequence[PhoneNumber]) -> list[Phone]:
    people = _people(viewer, [number.id for number in numbers])
    newest = _newest(viewer, [number.e164 for number in numbers])
    access.seen(viewer, {p.id for group in people.values() for p in group}, through="phones")
    return [
        Phone(number, tuple(people.get(number.id, ())), newest.get(number.e164))
        for number in numbers
    ]


def _people(viewer: Viewer, number_ids: list[UUID]) -> dict[UUID, list[Patient]]:
    rows = db.session.execute(
        access.visible_patients(viewer)
        .add_columns(ContactPoint.phone_number_id)
        .join(ContactPoint, and_(
            ContactPoint.practice_id == Patient.practice_id,
            ContactPoint.patient_id == Patient.id,
            ContactPoint.ended_at.is_(None)))
        .where(ContactPoint.phone_number_id.in_(number_ids))
        .order_by(ContactPoint.related_person_id.is_not(None), Patient.given_name, Patient.id)
    )  # fmt: skip
    found: dict[UUID, list[Patient]] = {}
    for patient, number_id in rows:
        group = found.setdefault(number_id, [])
        if patient not in group:
            group.append(patient)
    return found


def _newest(viewer: Viewer, phones: list[str]) -> dict[str, SandboxMessage]:
    place = func.row_number().over(
        partition_by=_other_end(), order_by=(SandboxMessage.at.desc(), SandboxMessage.id.desc())
    )
    ranked = (
        select(SandboxMessage.id, place.label("place"))
        .where(SandboxMessage.practice_id == viewer.practice_id, _other_end().in_(phones))
        .subquery()
    )
    rows = db.session.scalars(
        select(SandboxMessage)
        .join(ranked, ranked.c.id == SandboxMessage.id)
        .where(SandboxMessage.practice_id == viewer.practice_id, ranked.c.place == 1)
    )
    return {row.sender if row.direction == "inbound" else row.recipient: row for row in rows}
