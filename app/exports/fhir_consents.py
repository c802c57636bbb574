"""Decisions of an export's people as FHIR. One about a number alone (STOP) is everybody's who uses it."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from app.core.db import db
from app.exports.fhir_words import Json
from app.exports.fhir_work import consent
from app.models.consent import Consent
from app.models.contact_point import ContactPoint

BATCH = 500


def consents(practice_id: UUID, people: Select[UUID], which: ColumnElement[bool]) -> Iterator[Json]:
    """Those of `which`, in the order of their ids: first the people's own, then their numbers'."""
    own = select(Consent).where(
        Consent.practice_id == practice_id, Consent.patient_id.in_(people), which
    )
    stream = own.order_by(Consent.id).execution_options(yield_per=BATCH)
    for row in db.session.scalars(stream):
        yield consent(row, patient_id=row.patient_id)
        db.session.expunge(row)
    users = (
        select(ContactPoint.phone_number_id, ContactPoint.patient_id)
        .where(ContactPoint.practice_id == practice_id, ContactPoint.patient_id.in_(people),
               ContactPoint.related_person_id.is_(None), ContactPoint.ended_at.is_(None))
        .distinct()
        .subquery()
    )  # fmt: skip
    of_number = (
        select(Consent, users.c.patient_id)
        .join(users, users.c.phone_number_id == Consent.phone_number_id)
        .where(Consent.practice_id == practice_id, Consent.patient_id.is_(None), which)
        .order_by(Consent.id, users.c.patient_id)
    )
    for row, patient_id in db.session.execute(of_number.execution_options(yield_per=BATCH)):
        yield consent(row, patient_id=patient_id)
