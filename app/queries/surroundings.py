"""What surrounds several patients at once: contact points, subgroup, consent, merged records. One statement
for each, whatever the number of patients."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.models.consent import EVERYTHING, Consent, ConsentDecision
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.coverage import SubgroupMembership
from app.models.patient import Patient

ConsentState = Literal["given", "withdrawn", "unknown"]


def own_contacts(practice_id: UUID, patient_ids: Iterable[UUID]) -> dict[UUID, list[ContactPoint]]:
    """Contact points in use that are the patients' own (not a caregiver's), best first."""
    rows = db.session.scalars(
        select(ContactPoint)
        .where(
            ContactPoint.practice_id == practice_id,
            ContactPoint.patient_id.in_(list(patient_ids)),
            ContactPoint.related_person_id.is_(None),
            ContactPoint.ended_at.is_(None),
        )
        .options(joinedload(ContactPoint.phone_number))
        .order_by(ContactPoint.rank, ContactPoint.created_at, ContactPoint.id)
    )
    found: dict[UUID, list[ContactPoint]] = {}
    for row in rows:
        found.setdefault(row.patient_id, []).append(row)
    return found


def numbers_not_theirs(practice_id: UUID, patient_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Patient → numbers that a person said are not theirs."""
    rows = db.session.execute(
        select(ContactPoint.patient_id, ContactPoint.phone_number_id).where(
            ContactPoint.practice_id == practice_id,
            ContactPoint.patient_id.in_(list(patient_ids)),
            ContactPoint.related_person_id.is_(None),
            ContactPoint.not_theirs_at.is_not(None),
        )
    )
    found: dict[UUID, set[UUID]] = {}
    for patient_id, number_id in rows:
        if number_id is not None:
            found.setdefault(patient_id, set()).add(number_id)
    return found


def current_memberships(
    practice_id: UUID, patient_ids: Iterable[UUID]
) -> dict[UUID, SubgroupMembership]:
    """The subgroup membership in force of each patient who has one."""
    rows = db.session.scalars(
        select(SubgroupMembership)
        .where(
            SubgroupMembership.practice_id == practice_id,
            SubgroupMembership.patient_id.in_(list(patient_ids)),
            SubgroupMembership.to_on.is_(None),
        )
        .options(joinedload(SubgroupMembership.subgroup))
    )
    return {row.patient_id: row for row in rows}


def decisions_of(practice_id: UUID, patient_ids: Iterable[UUID]) -> dict[UUID, list[Consent]]:
    """What each person decided about texting as a whole, oldest first; a no to one purpose is not that."""
    rows = db.session.scalars(
        select(Consent)
        .where(
            Consent.practice_id == practice_id,
            Consent.patient_id.in_(list(patient_ids)),
            Consent.channel == "sms",
            Consent.purpose == EVERYTHING,
        )
        .order_by(Consent.recorded_at, Consent.id)
    )
    found: dict[UUID, list[Consent]] = {}
    for row in rows:
        if row.patient_id is not None:
            found.setdefault(row.patient_id, []).append(row)
    return found


def merged_records(practice_id: UUID, patient_ids: Iterable[UUID]) -> dict[UUID, list[Patient]]:
    """The records each of them stands for since they were merged, by the one that stands."""
    rows = db.session.scalars(
        select(Patient).where(
            Patient.practice_id == practice_id, Patient.merged_into_id.in_(list(patient_ids))
        )
    )
    found: dict[UUID, list[Patient]] = {}
    for row in rows:
        if row.merged_into_id is not None:
            found.setdefault(row.merged_into_id, []).append(row)
    return found


def consent_state(decisions: Iterable[Consent], number: PhoneNumber | None) -> ConsentState:
    """given, withdrawn or unknown, as it stands for texts to this number."""
    if number is not None and number.opted_out_at is not None:
        return "withdrawn"
    here = (None, number.id if number else None)
    newest = [row for row in decisions if row.phone_number_id in here][-1:]
    if not newest:
        return "unknown"
    return "given" if newest[0].decision is ConsentDecision.GIVEN else "withdrawn"
