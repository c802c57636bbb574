"""Which programmes timed work is for: those the patient was in on that day, by coverage and by consent."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from app.core.db import db
from app.models.consent import Consent, ConsentDecision
from app.models.coverage import Coverage
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.programs import PROGRAMS, tag_of


def programs_on(patient: Patient, practice: Practice, *, at: datetime) -> list[str]:
    """Tags, in order: what a coverage of that day names, and what the patient had agreed to by then."""
    day = at.astimezone(ZoneInfo(practice.time_zone)).date()
    return sorted(_covered(patient, day) | _agreed(patient, at, day))


def _covered(patient: Patient, day: date) -> set[str]:
    named = select(Coverage.program).where(
        Coverage.practice_id == patient.practice_id, Coverage.patient_id == patient.id,
        Coverage.program.is_not(None), Coverage.from_on <= day,
        or_(Coverage.to_on.is_(None), Coverage.to_on >= day),
    )  # fmt: skip
    return {tag_of(program) for program in db.session.scalars(named) if program}


def _agreed(patient: Patient, at: datetime, day: date) -> set[str]:
    said = (
        select(Consent.purpose, Consent.decision, Consent.expires_on)
        .where(
            Consent.practice_id == patient.practice_id, Consent.patient_id == patient.id,
            Consent.purpose.in_(PROGRAMS), Consent.decided_at <= at,
        )
        .order_by(Consent.recorded_at, Consent.id)
    )  # fmt: skip
    newest = {
        purpose: decision is ConsentDecision.GIVEN and (until is None or until >= day)
        for purpose, decision, until in db.session.execute(said)
    }
    return {purpose for purpose, holds in newest.items() if holds}
