"""What a patient said about programmes and about passing on records under 42 CFR Part 2."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.models.consent import PROGRAM, RECORD, Consent
from app.models.patient import Patient
from app.models.viewer import Viewer
from app.queries.timeline import staff_names


@dataclass(frozen=True, slots=True)
class Agreements:
    #: Every word, newest first, and by purpose the one that stands today.
    rows: list[Consent]
    standing: Mapping[str, Consent]
    names: Mapping[UUID, str]


def agreements_of(viewer: Viewer, patient: Patient, *, today: date) -> Agreements:
    rows = select(Consent).where(
        Consent.practice_id == patient.practice_id,
        Consent.patient_id == patient.id,
        Consent.channel.in_((RECORD, PROGRAM)),
    )
    newest_first = rows.order_by(Consent.recorded_at.desc(), Consent.id.desc())
    found = list(db.session.scalars(newest_first))
    return Agreements(found, standing(found, today=today), staff_names(viewer))


def standing(rows: Iterable[Consent], *, today: date) -> Mapping[str, Consent]:
    """By purpose the newest word, leaving out a yes that has run out."""
    newest = {row.purpose: row for row in sorted(rows, key=lambda row: (row.recorded_at, row.id))}
    return {
        purpose: row
        for purpose, row in newest.items()
        if row.expires_on is None or row.expires_on >= today
    }
