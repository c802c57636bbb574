"""Who is signed in to the portal: from the cookie's secret to a patient, or nobody. Asked on every request
and again whenever a socket asks for something."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from app.core.db import db
from app.models.contact_point import ContactPoint
from app.models.patient import Patient, PatientStatus
from app.models.practice import Practice
from app.models.secret import PortalLink, PortalSession, SecretKind, find_secret
from app.models.viewer import Viewer, patient_viewer

#: Nobody there for this long: the session is over.
IDLE = timedelta(minutes=30)
_GONE = (PatientStatus.DECEASED, PatientStatus.LEFT_PRACTICE)


@dataclass(frozen=True, slots=True)
class PatientSignedIn:
    """A patient with an open session."""

    session: PortalSession
    patient: Patient
    practice: Practice
    viewer: Viewer

    @property
    def zone(self) -> str:
        """The zone days and times are shown in."""
        return self.patient.time_zone or self.practice.time_zone


def find_patient(secret: str, *, at: datetime) -> PatientSignedIn | None:
    """The patient behind a session's secret; None when it is unknown, ended, idle or too old."""
    found = find_secret(secret, SecretKind.PORTAL_SESSION)
    if found is None:
        return None
    statement = (
        select(PortalSession, Patient, Practice)
        .join(Patient, and_(
            Patient.practice_id == PortalSession.practice_id,
            Patient.id == PortalSession.patient_id))
        .join(Practice, Practice.id == PortalSession.practice_id)
        .where(PortalSession.practice_id == found.practice_id, PortalSession.id == found.row_id)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    row = db.session.execute(statement).one_or_none()
    if row is None:
        return None
    session, patient, practice = row
    is_open = session.ended_at is None and at < session.expires_at and at - session.seen_at < IDLE
    if not is_open or patient.status in _GONE or patient.merged_into_id is not None:
        return None
    return PatientSignedIn(session, patient, practice, patient_viewer(session))


def practice_named(slug: str) -> Practice | None:
    return db.session.scalars(select(Practice).where(Practice.slug == slug)).one_or_none()


def only_practice() -> Practice | None:
    """The one practice of this house, or None when there are several (or none)."""
    found = db.session.scalars(select(Practice).order_by(Practice.created_at).limit(2)).all()
    return found[0] if len(found) == 1 else None


def languages_of(link: PortalLink) -> list[str]:
    """The languages of the patients on the number a link went to."""
    spoken = (
        select(Patient.language)
        .join(ContactPoint, and_(
            ContactPoint.practice_id == Patient.practice_id, ContactPoint.patient_id == Patient.id))
        .where(
            Patient.practice_id == link.practice_id,
            ContactPoint.phone_number_id == link.phone_number_id,
            ContactPoint.ended_at.is_(None),
        )
        .distinct()
    )  # fmt: skip
    return list(db.session.scalars(spoken))
