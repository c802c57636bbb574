"""Consent to texting as somebody else recorded it: a panel file or another system. Such a report is kept
with its words and its day, but never lifts an opt-out: only START or a consent recorded here does."""

from collections.abc import Iterable
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core.db import db
from app.models.consent import Consent, ConsentDecision
from app.models.contact_point import PhoneNumber
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.patient_fields import SmsConsent
from app.models.practice import Practice


def latest_decisions(practice_id: UUID, patient_ids: Iterable[UUID]) -> dict[UUID, Consent]:
    """The newest row of the consent ledger about texting, per person who has one."""
    rows = db.session.scalars(
        select(Consent)
        .where(
            Consent.practice_id == practice_id,
            Consent.patient_id.in_(list(patient_ids)),
            Consent.channel == "sms",
        )
        .order_by(Consent.recorded_at, Consent.id)
    )
    return {row.patient_id: row for row in rows if row.patient_id is not None}


def report(
    patient: Patient,
    said: SmsConsent,
    *,
    practice: Practice,
    latest: Consent | None,
    number: PhoneNumber | None,
    by: Actor,
    at: datetime,
) -> bool:
    """Add what was reported to the consent ledger. False when it is no news or may not count.

    A yes after a no of the patient's own (or of their number) is left out and noted as an event; so
    is whatever was decided before the newest decision we have.
    """
    decided_at = _moment_of(said, practice, at)
    if latest is not None and (latest.decision is ConsentDecision.GIVEN) == said.given:
        return False
    if said.given and _has_opted_out(latest, number):
        record(patient, "consent.not_lifted", by=by, at=at, how=said.how.value)
        return False
    if latest is not None and decided_at < latest.decided_at:
        return False
    decision = _decision(said, latest)
    db.session.add(
        Consent(
            practice_id=patient.practice_id,
            patient_id=patient.id,
            phone_number_id=number.id if number else None,
            decision=decision,
            how=said.how,
            wording=said.wording,
            language=patient.language,
            decided_at=decided_at,
            recorded_at=at,
            recorded_by_kind=by.kind,
            recorded_by_id=by.id,
        )
    )
    record(patient, f"consent.{decision.value}", by=by, at=at, channel="sms", how=said.how.value)
    return True


def _decision(said: SmsConsent, latest: Consent | None) -> ConsentDecision:
    if said.given:
        return ConsentDecision.GIVEN
    return ConsentDecision.WITHDRAWN if latest is not None else ConsentDecision.DECLINED


def _has_opted_out(latest: Consent | None, number: PhoneNumber | None) -> bool:
    by_person = latest is not None and latest.decision is ConsentDecision.WITHDRAWN
    return by_person or (number is not None and number.opted_out_at is not None)


def _moment_of(said: SmsConsent, practice: Practice, at: datetime) -> datetime:
    """Noon of that day where the practice is, and never later than now."""
    noon = datetime.combine(said.on, time(12), ZoneInfo(practice.time_zone))
    return min(noon, at)
