"""The practice's agreement (BAA) with the company that carries its texts."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions.doctor.finding import Finding, warned
from app.core.db import db
from app.models.practice import Practice

ADVICE = (
    "HIPAA wants a business associate agreement before patients are texted (45 CFR 164.504(e)). "
    "Note it under Settings, Doctor."
)


def check_agreement(_at: datetime, practice_id: UUID | None = None) -> Iterator[Finding]:
    """Of one practice, or of each."""
    rows = select(Practice).order_by(Practice.slug)
    rows = rows if practice_id is None else rows.where(Practice.id == practice_id)
    for practice in db.session.scalars(rows).all():
        what = "agreement with the phone company"
        name = what if practice_id else f"practice {practice.slug}, {what}"
        if practice.is_invented:
            yield warned(name, True, "an invented practice needs none")
        elif practice.baa_on is None:
            yield warned(name, False, "none is noted", ADVICE)
        else:
            said = f"with {practice.baa_with}, {practice.baa_on:%Y-%m-%d}"
            yield warned(name, True, said)
