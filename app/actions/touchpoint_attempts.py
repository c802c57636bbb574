"""Which try an attempt to reach somebody was."""

from sqlalchemy import func, select

from app.actions.touchpoint_contact import Contact
from app.core.db import db
from app.models.touchpoint import Touchpoint, TouchpointTask


def attempt_number(contact: Contact) -> int | None:
    """Which try this is among the calls that served the same tasks (or, without tasks, this day's)."""
    if contact.attempt_number is not None or not contact.is_attempt:
        return contact.attempt_number
    attempts = select(func.count(func.distinct(Touchpoint.id))).where(
        Touchpoint.practice_id == contact.patient.practice_id,
        Touchpoint.patient_id == contact.patient.id,
        Touchpoint.channel == contact.channel,
        Touchpoint.direction == contact.direction,
        Touchpoint.attempt_number.is_not(None),
    )
    if contact.task_ids:
        attempts = attempts.join(
            TouchpointTask,
            (TouchpointTask.touchpoint_id == Touchpoint.id)
            & (TouchpointTask.practice_id == Touchpoint.practice_id),
        ).where(TouchpointTask.task_id.in_(contact.task_ids))
    return int(db.session.scalar(attempts) or 0) + 1
