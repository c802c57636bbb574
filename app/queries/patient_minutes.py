"""What a patient's months come to: credited minutes in all and per programme, with what is known of the
consent to each."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.access import patient_for, practice_of
from app.core.db import db
from app.models.consent import Consent
from app.models.patient import Patient
from app.models.programs import PROGRAMS, tag_of
from app.models.viewer import Viewer
from app.queries.credited import Month, by_tag, credited_rows
from app.queries.together import counted_once
from app.value.minutes import whole_minutes


@dataclass(frozen=True, slots=True)
class MonthMinutes:
    month: Month
    minutes: int
    entries: int
    by_program: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class PatientMinutes:
    patient: Patient
    months: list[MonthMinutes]
    #: Programme → the newest decision about it: given, withdrawn, declined; left out where nobody asked.
    consents: dict[str, str]
    counts_together_once: bool
    #: Programmes that need a consent; a payer's own plan does not.
    needs_consent: Container[str] = frozenset(PROGRAMS)


def patient_minutes(viewer: Viewer, patient_id: UUID, *, day: date) -> PatientMinutes:
    """This month and the one before. Raises NotFound for a patient the viewer may not see."""
    patient = patient_for(viewer, patient_id, through="minutes")
    practice = practice_of(viewer)
    this = Month.of(day, practice.time_zone)
    months = [_month(viewer, patient, month) for month in (this, this.before)]
    return PatientMinutes(
        patient, months, _consents(patient), counted_once(practice, at=this.ends_at)
    )


def _month(viewer: Viewer, patient: Patient, month: Month) -> MonthMinutes:
    found = credited_rows(viewer, month, patient_id=patient.id)
    total = whole_minutes(each.time for each in found)
    return MonthMinutes(month, total, len(found), by_tag(found))


def _consents(patient: Patient) -> dict[str, str]:
    """Decisions about a programme are consents whose purpose is its tag; the newest one stands."""
    rows = select(Consent.purpose, Consent.decision).where(
        Consent.practice_id == patient.practice_id, Consent.patient_id == patient.id
    )
    return {
        tag_of(purpose): decision.value
        for purpose, decision in db.session.execute(rows.order_by(Consent.recorded_at, Consent.id))
    }
