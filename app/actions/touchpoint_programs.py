"""Which programmes timed work is for: those the patient was in on that day, by coverage and by consent;
and the consent it rests on."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from app.actions.touchpoint_contact import Contact
from app.core.db import db
from app.models.consent import Consent, ConsentDecision
from app.models.coverage import Coverage
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.programs import PROGRAMS, tag_of


def programs_of(contact: Contact, practice: Practice) -> tuple[list[str], UUID | None]:
    """Tags in order, and the newest consent to one of them: of what was chosen, else of what a coverage of
    that day names and what the patient had agreed to by then. Only minutes are counted by programme."""
    chosen = contact.programs
    if not contact.seconds:
        return list(chosen or ()), None
    patient, at = contact.patient, contact.started_at
    day = at.astimezone(ZoneInfo(practice.time_zone)).date()
    agreed = _agreed(patient, at, day)
    tags = list(chosen) if chosen is not None else sorted(_covered(patient, day) | agreed.keys())
    return tags, next((agreed[tag] for tag in reversed(agreed) if tag in tags), None)


def _covered(patient: Patient, day: date) -> set[str]:
    named = select(Coverage.program).where(
        Coverage.practice_id == patient.practice_id, Coverage.patient_id == patient.id,
        Coverage.program.is_not(None), Coverage.from_on <= day,
        or_(Coverage.to_on.is_(None), Coverage.to_on >= day),
    )  # fmt: skip
    return {tag_of(program) for program in db.session.scalars(named) if program}


def _agreed(patient: Patient, at: datetime, day: date) -> dict[str, UUID]:
    """Programme → the consent that holds, the newest last."""
    said = (
        select(Consent.id, Consent.purpose, Consent.decision, Consent.expires_on)
        .where(
            Consent.practice_id == patient.practice_id, Consent.patient_id == patient.id,
            Consent.purpose.in_(PROGRAMS), Consent.decided_at <= at,
        )
        .order_by(Consent.recorded_at, Consent.id)
    )  # fmt: skip
    newest: dict[str, UUID] = {}
    for consent_id, purpose, decision, until in db.session.execute(said):
        newest.pop(purpose, None)
        if decision is ConsentDecision.GIVEN and (until is None or until >= day):
            newest[purpose] = consent_id
    return newest
