"""Keeping what is about to change on a patient and what the ledger prints: team, setting, status."""

from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.models.care_team import CareTeam
from app.models.patient import Patient
from app.models.patient_past import PatientPast


def keep(patient: Patient, *, at: datetime) -> PatientPast:
    """What holds until now; call it before the change."""
    team = select(CareTeam.name).where(
        CareTeam.practice_id == patient.practice_id, CareTeam.id == patient.care_team_id
    )
    row = PatientPast(
        practice_id=patient.practice_id, patient_id=patient.id, until=at,
        care_team=db.session.scalar(team), setting=patient.setting, status=patient.status,
        sensitivity=patient.sensitivity,
    )  # fmt: skip
    db.session.add(row)
    return row
