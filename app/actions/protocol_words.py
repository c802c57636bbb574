"""What a dry run has to know of words and caregivers: which words lead somewhere to open, and which
caregivers would be texted rather than called. A few statements for a whole page of tasks."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.actions import consent_state, templates
from app.core.db import db
from app.models.consent import EVERYTHING, Consent, ConsentDecision
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.practice import Practice
from app.models.protocol_definition import Definition


def linked(
    practice: Practice, definitions: Iterable[Definition], languages: Iterable[str]
) -> frozenset[tuple[str, str]]:
    """The (template, language) whose words hold a link, the practice's own or the shipped ones."""
    names = {str(step.template) for each in definitions for step in each.steps if step.template}
    return frozenset(
        (name, language)
        for language in set(languages)
        for name in names
        if has_link(practice, name, language)
    )


def has_link(practice: Practice, template: str, language: str) -> bool:
    words = templates.phrase_for(practice, template, language).body
    return "{portal_link}" in words or "://" in words


def who_may_be_texted(
    practice_id: UUID, caregivers: Iterable[UUID], purpose: str
) -> frozenset[UUID]:
    """Those whose own phone stands under their own yes. Two statements."""
    phones: dict[UUID, UUID] = {}
    rows = db.session.execute(
        select(ContactPoint.related_person_id, PhoneNumber.id)
        .join(
            PhoneNumber,
            (PhoneNumber.practice_id == ContactPoint.practice_id)
            & (PhoneNumber.id == ContactPoint.phone_number_id),
        )
        .where(
            ContactPoint.practice_id == practice_id,
            ContactPoint.related_person_id.in_(list(caregivers)),
            ContactPoint.ended_at.is_(None),
        )
        .order_by(ContactPoint.rank, ContactPoint.created_at, ContactPoint.id)
    )
    for person_id, number_id in rows:
        if person_id is not None:
            phones.setdefault(person_id, number_id)
    said: dict[UUID | None, list[Consent]] = {}
    consents = select(Consent).where(
        Consent.practice_id == practice_id,
        Consent.phone_number_id.in_(list(phones.values())),
        Consent.patient_id.is_(None),
        Consent.channel == "sms",
        Consent.purpose.in_([EVERYTHING, purpose]),
    )
    for row in db.session.scalars(consents.order_by(Consent.recorded_at, Consent.id)):
        said.setdefault(row.phone_number_id, []).append(row)
    return frozenset(id_ for id_, number_id in phones.items() if _is_yes(said.get(number_id, [])))


def _is_yes(rows: list[Consent]) -> bool:
    newest = consent_state.newest_of(rows, has_patient=False)
    return newest is not None and newest.decision is ConsentDecision.GIVEN
