"""The practice's list of whom its care is for: lines are added and switched on and off, never deleted,
because referrals were judged by them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import Invalid
from app.models.event import Actor, record
from app.models.referral_milestone import FitCriterion

#: A list people have in mind while they talk to an office.
MOST = 12
LONGEST = 160


def add(practice_id: UUID, text: str, *, by: Actor, at: datetime) -> FitCriterion:
    """A new line, in force. Raises Invalid when it is empty, known, or the list is full."""
    said = " ".join(text.split())[:LONGEST]
    if not said:
        raise Invalid("Write whom your care is for.", field="text")
    lines = db.session.scalars(select(FitCriterion).where(FitCriterion.practice_id == practice_id))
    known = list(lines)
    if any(each.text.casefold() == said.casefold() for each in known):
        raise Invalid("That line is on the list already.", field="text")
    if sum(each.is_active for each in known) >= MOST:
        raise Invalid(f"{MOST} lines are enough: switch one off first.", field="text")
    made = FitCriterion(practice_id=practice_id, text=said, is_active=True, created_at=at)
    db.session.add(made)
    record(made, "fit_criterion.added", by=by, at=at, text=said)
    return made


def switch(criterion: FitCriterion, *, is_active: bool, by: Actor, at: datetime) -> None:
    """Put a line in force or out of it. Raises Invalid when the list is full."""
    if criterion.is_active == is_active:
        return
    in_force = select(func.count()).where(
        FitCriterion.practice_id == criterion.practice_id, FitCriterion.is_active.is_(True)
    )
    if is_active and (db.session.scalar(in_force) or 0) >= MOST:
        raise Invalid(f"{MOST} lines are enough: switch one off first.", field="text")
    criterion.is_active = is_active
    record(criterion, "fit_criterion.switched", by=by, at=at, text=criterion.text,
           before={"is_active": not is_active}, after={"is_active": is_active})  # fmt: skip
