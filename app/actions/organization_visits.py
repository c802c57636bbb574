"""The card of a day with a community organization: whether it was kept. It goes with the ask it came of."""

from datetime import datetime

from sqlalchemy import select

from app.actions import tasks
from app.core.db import db
from app.models.event import Actor
from app.models.organization_ask import OrganizationAsk
from app.models.task import Needs, Task, TaskType


def key_of(ask: OrganizationAsk) -> str:
    """How the source keys of its days begin."""
    return f"ask:{ask.id}:"


def visits_of(ask: OrganizationAsk) -> list[Task]:
    """The newest day with this organization, whose card may be closed by now."""
    rows = (
        select(Task)
        .where(
            Task.practice_id == ask.practice_id,
            Task.referral_id == ask.referral_id,
            Task.type == TaskType.APPOINTMENT_KEPT,
            Task.source_key.startswith(key_of(ask), autoescape=True),
        )
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(1)
    )
    return list(db.session.scalars(rows))


def call_off(ask: OrganizationAsk, reason: str, *, by: Actor, at: datetime) -> None:
    """Another day was set: the older one is not asked about."""
    for visit in visits_of(ask):
        if visit.is_open:
            tasks.cancel(visit, reason=reason, by=by, at=at)


def drop(ask: OrganizationAsk, why: str, *, by: Actor, at: datetime) -> None:
    """There is no such day any more: not needed, and no text of it leaves. What two sides disagree about, or
    nobody has read yet, stays with a person."""
    for visit in visits_of(ask):
        if visit.is_open and visit.needs not in (Needs.SETTLE, Needs.REVIEW_REPLY):
            tasks.complete(visit, outcome=tasks.NOT_NEEDED, evidence=None, reason=why, by=by, at=at)
