"""Consent to texting as somebody else recorded it: a panel file or another system. Such a report is kept
with its words and its day, but never lifts an opt-out: only START or a consent recorded here does."""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from app.actions import consents
from app.core.db import db
from app.models.consent import Consent, ConsentDecision
from app.models.contact_point import PhoneNumber
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.patient_fields import SmsConsent
from app.models.practice import Practice


def report(
    patient: Patient,
    said: SmsConsent,
    *,
    practice: Practice,
    decisions: Sequence[Consent],
    number: PhoneNumber | None,
    by: Actor,
    at: datetime,
) -> bool:
    """Add what was reported to the consent ledger. False when it is no news or may not count.

    `decisions` are the person's, oldest first. A yes after a no of the person (or of their number) is
    left out and noted as an event; so is, without a note, what was decided before a newer no or yes.
    """
    noon = datetime.combine(said.on, time(12), ZoneInfo(practice.time_zone))
    decided_at = min(noon, at)
    newest = decisions[-1] if decisions else None
    if not said.given:
        return _report_no(patient, said, newest, number, decided_at=decided_at, by=by, at=at)
    if _has_opted_out(newest, number):
        record(patient, "consent.not_lifted", by=by, at=at, how=said.how.value)
        return False
    here = [row for row in decisions if row.phone_number_id in (None, number and number.id)]
    known = bool(here) and here[-1].decision is ConsentDecision.GIVEN
    said_no = newest is not None and newest.decision is not ConsentDecision.GIVEN
    if known or (newest is not None and said_no and decided_at < newest.decided_at):
        return False
    _write(ConsentDecision.GIVEN, patient, said, number, decided_at=decided_at, by=by, at=at)
    return True


def _report_no(
    patient: Patient,
    said: SmsConsent,
    newest: Consent | None,
    number: PhoneNumber | None,
    *,
    decided_at: datetime,
    by: Actor,
    at: datetime,
) -> bool:
    """A no is believed unless something newer is known; after a yes it withdraws."""
    if newest is None:
        _write(ConsentDecision.DECLINED, patient, said, number, decided_at=decided_at, by=by, at=at)
        return True
    if newest.decision is not ConsentDecision.GIVEN or decided_at < newest.decided_at:
        return False
    words = consents.Said(said.how, said.wording, patient.language, decided_at)
    consents.withdraw(patient, number, words, by=by, at=at)
    return True


def _has_opted_out(newest: Consent | None, number: PhoneNumber | None) -> bool:
    """A file's own first no may be corrected by a later file; a no said to us may not."""
    if number is not None and number.opted_out_at is not None:
        return True
    if newest is None or newest.decision is ConsentDecision.GIVEN:
        return False
    declined = newest.decision is ConsentDecision.DECLINED
    return not (declined and newest.how in consents.SECOND_HAND)


def _write(
    decision: ConsentDecision,
    patient: Patient,
    said: SmsConsent,
    number: PhoneNumber | None,
    *,
    decided_at: datetime,
    by: Actor,
    at: datetime,
) -> None:
    row = Consent(
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
    db.session.add(row)
    record(row, f"consent.{decision}", by=by, at=at, channel="sms", how=said.how.value)
