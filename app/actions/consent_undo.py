"""A yes that turned out to be somebody else's: the ledger keeps it, and a new row says what holds of this
person and number instead. Where somebody has said something since, that stands."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import consent_state, consents
from app.core.db import db
from app.models.consent import Consent, ConsentDecision, ConsentHow
from app.models.contact_point import PhoneNumber
from app.models.event import Actor, Event, record
from app.models.patient import Patient

WORDING = "The text that said yes was somebody else’s."


def take_back(rows: Sequence[Consent], patient: Patient, *, by: Actor, at: datetime) -> int:
    """How many of these decided and do no more. `rows` are one person's for one number, oldest first."""
    if not rows:
        return 0
    gone, number = {row.id for row in rows}, _number(rows[0])
    deciding = consent_state.deciding(patient, number)
    if deciding is not None and deciding.id in gone:
        _write(_before(patient, number, gone), rows[-1], patient, by=by, at=at)
    if any(_resumed_with(row, patient) for row in rows):
        consents.pause(patient, by=by, at=at)
    return len(rows)


def _before(patient: Patient, number: PhoneNumber, gone: set[UUID]) -> Consent | None:
    """What the person themselves has said of this number, or of any."""
    said = select(Consent).where(
        Consent.practice_id == patient.practice_id,
        Consent.patient_id == patient.id,
        Consent.channel == "sms",
        Consent.purpose == "care",
        Consent.phone_number_id.is_(None) | (Consent.phone_number_id == number.id),
        Consent.id.not_in(gone),
    )
    return db.session.scalars(said.order_by(Consent.recorded_at.desc(), Consent.id.desc())).first()


def _write(
    word: Consent | None, row: Consent, patient: Patient, *, by: Actor, at: datetime
) -> None:
    """The word that holds again; where there is none, a no, until the person is asked."""
    made = Consent(
        practice_id=row.practice_id, patient_id=row.patient_id, channel=row.channel,
        phone_number_id=row.phone_number_id, purpose=row.purpose,
        decision=word.decision if word else ConsentDecision.WITHDRAWN,
        how=word.how if word else ConsentHow.DESK,
        wording=word.wording if word else WORDING,
        language=word.language if word else "en",
        decided_at=word.decided_at if word else at,
        expires_on=word.expires_on if word else None,
        recorded_at=at, recorded_by_kind=by.kind, recorded_by_id=by.id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record(made, f"consent.{made.decision}", by=by, at=at, patient_id=patient.id,
           purpose=made.purpose, how=made.how, through="misidentified")  # fmt: skip


def _resumed_with(row: Consent, patient: Patient) -> bool:
    """Whether automatic texts had been paused until that yes."""
    resumed = select(Event.id).where(
        Event.practice_id == patient.practice_id,
        Event.patient_id == patient.id,
        Event.kind == "patient.automation_resumed",
        Event.at == row.recorded_at,
    )
    return db.session.scalars(resumed.limit(1)).first() is not None


def _number(row: Consent) -> PhoneNumber:
    return db.session.get_one(PhoneNumber, (row.practice_id, row.phone_number_id))
