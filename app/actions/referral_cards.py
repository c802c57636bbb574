"""The card by which a referral waits for a person who tells the office: its open follow-up, or a new one when
that is closed already. Nothing about an office that was not told stands only on the referral's page."""

from datetime import datetime

from sqlalchemy import case, or_, select

from app.actions import tasks
from app.core.db import db
from app.models.event import SYSTEM, record
from app.models.referral import Referral
from app.models.referral_state import ONWARD
from app.models.task import OPEN_STATUSES, Needs, Task, TaskStatus, TaskType


def find_follow_up(referral: Referral) -> Task | None:
    """The open follow-up: the one by which the office is to be told, then one that is not on hold, then the
    oldest. Cards of later steps are none."""
    return db.session.scalars(
        select(Task)
        .where(
            Task.practice_id == referral.practice_id,
            Task.referral_id == referral.id,
            Task.type == TaskType.REFERRAL_FOLLOW_UP,
            or_(Task.source_key.is_(None), ~Task.source_key.startswith(ONWARD)),
            Task.status.in_(OPEN_STATUSES),
        )
        .order_by(
            case(
                (Task.needs == Needs.UPDATE_PCP, 0), (Task.status != TaskStatus.ON_HOLD, 1), else_=2
            ),
            Task.created_at,
            Task.id,
        )
        .limit(1)
    ).first()


def ask_to_tell(
    referral: Referral, *, at: datetime, why: str, since: datetime | None = None
) -> Task:
    """Have somebody tell the office, also while the patient's part is on hold; `why` is a code that makes a
    new card only once, `since` where its week runs from (when the referral came)."""
    task = find_follow_up(referral)
    if task is None or task.status is TaskStatus.ON_HOLD:
        task = tasks.create(
            referral.patient,
            TaskType.REFERRAL_FOLLOW_UP,
            by=SYSTEM,
            at=at,
            referral=referral,
            received_at=since or referral.received_at,
            ask_first=False,
            source_key=f"tell:{referral.id}:{why}",
        )
    if task.is_open:
        task.need(Needs.UPDATE_PCP, at=at)
    return task


def escalate(task: Task, *, at: datetime) -> None:
    """The team's leader decides; once."""
    if not task.is_open or task.escalated_at is not None:
        return
    task.escalated_at = at
    leader = task.care_team.leader_id if task.care_team else None
    record(task, "task.escalated", by=SYSTEM, at=at, leader_id=str(leader) if leader else None)
