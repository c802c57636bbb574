"""A patient's open portal session: begun by a spent link, ended by signing out, half an hour of nothing or
half a day. The cookie holds a secret of which only the digest is stored."""

from datetime import datetime, timedelta

from app.core.crypto import new_secret
from app.core.db import db
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.secret import PortalSession, SecretKind, keep_secret

#: However busy, a session ends after this long.
LONGEST = timedelta(hours=12)


def begin(patient: Patient, *, at: datetime) -> str:
    """Open a session; returns the secret for the cookie, which is stored nowhere."""
    secret = new_secret()
    session = PortalSession(
        practice_id=patient.practice_id,
        patient_id=patient.id,
        created_at=at,
        seen_at=at,
        expires_at=at + LONGEST,
    )
    db.session.add(session)
    keep_secret(secret, SecretKind.PORTAL_SESSION, session)
    record(session, "patient.signed_in", by=Actor("patient", patient.id), at=at)
    return secret


def note_activity(session: PortalSession, *, at: datetime) -> None:
    """A person is there."""
    row = db.session.get_one(PortalSession, (session.practice_id, session.id))
    if row.ended_at is None:
        row.seen_at = at


def end(session: PortalSession, *, at: datetime) -> None:
    """Sign out: the secret opens nothing any more."""
    row = db.session.get_one(PortalSession, (session.practice_id, session.id))
    if row.ended_at is None:
        row.ended_at = at
        record(row, "patient.signed_out", by=Actor("patient", row.patient_id), at=at)
