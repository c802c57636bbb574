"""Offices that refer patients, found by name or made."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.models.event import Actor, record
from app.models.referral import Referrer


def find_or_add(
    practice_id: UUID,
    name: str,
    *,
    email: str | None = None,
    fax: str | None = None,
    phone: str | None = None,
    by: Actor,
    at: datetime,
) -> Referrer:
    """The office of this name; one that is known stays as it is."""
    found = db.session.scalars(
        select(Referrer).where(Referrer.practice_id == practice_id, Referrer.name == name.strip())
    ).one_or_none()
    if found is not None:
        return found
    made = Referrer(
        practice_id=practice_id, name=name.strip(), email=email, fax=fax, phone=phone, created_at=at
    )
    db.session.add(made)
    record(made, "referrer.added", by=by, at=at)
    return made
