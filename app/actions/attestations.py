"""Vouching for ledger rows: whoever did the contact attests it, a lead approves it. The row itself never
changes."""

from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict, Forbidden
from app.models.event import record
from app.models.touchpoint import Touchpoint, TouchpointAttestation
from app.models.viewer import PRACTICE_ROLES, Viewer

ATTESTED, APPROVED = "attested", "approved"


def attest(row: Touchpoint, *, by: Viewer, at: datetime) -> TouchpointAttestation:
    """The person who did it says: this is what happened. Raises Forbidden for somebody else's row."""
    if by.kind != "user" or row.actor_id != by.id:
        raise Forbidden("Only who did this contact can vouch for it.")
    return _add(row, ATTESTED, by=by, at=at)


def approve(row: Touchpoint, *, by: Viewer, at: datetime) -> TouchpointAttestation:
    """A lead or an admin approves a row that somebody else did. Raises Forbidden."""
    if by.role not in PRACTICE_ROLES:
        raise Forbidden("A lead or an admin approves entries.")
    if row.actor_id == by.id:
        raise Forbidden("Somebody else has to approve your own entry.")
    return _add(row, APPROVED, by=by, at=at)


def _add(row: Touchpoint, kind: str, *, by: Viewer, at: datetime) -> TouchpointAttestation:
    corrected = select(Touchpoint.id).where(
        Touchpoint.practice_id == row.practice_id, Touchpoint.supersedes_id == row.id
    )
    if row.void_reason is not None or db.session.scalar(corrected) is not None:
        raise Conflict("This entry was taken back: there is nothing to vouch for.")
    known = db.session.scalars(
        select(TouchpointAttestation).where(
            TouchpointAttestation.practice_id == row.practice_id,
            TouchpointAttestation.touchpoint_id == row.id,
            TouchpointAttestation.kind == kind,
        )
    ).one_or_none()
    if known is not None:
        return known
    made = TouchpointAttestation(
        practice_id=row.practice_id, touchpoint_id=row.id, kind=kind, by_id=by.id, at=at
    )
    db.session.add(made)
    record(row, f"touchpoint.{kind}", by=by.actor, at=at)
    return made
