"""A referral on hold: its tasks wait with it and nobody is asked, until its day comes or somebody lets it go
on. The office's week runs on. Others reach these as `referral_steps.hold` and `referral_steps.resume`."""

from datetime import date, datetime

from sqlalchemy import Select, select

from app.actions import ladder, task_changes
from app.core.db import db
from app.core.errors import Conflict
from app.models.event import SYSTEM, Actor, newest, record
from app.models.practice import Practice
from app.models.referral import Referral
from app.models.referral_state import ReferralStatus
from app.models.task import OPEN_STATUSES, Needs, Task, TaskStatus
from app.models.task_deadline import waking


def hold(
    referral: Referral, reason: str, *, by: Actor, at: datetime, until: date | None = None
) -> None:
    """Nothing goes on with the patient for now; the office's week runs on.

    Raises NoSuchMove, and Invalid without a reason or for a day that is not still to come.
    """
    zone = db.session.get_one(Practice, referral.practice_id).time_zone
    wakes_at = waking(until, zone, at=at)
    referral.move(ReferralStatus.ON_HOLD, reason=reason)
    referral.wakes_at = wakes_at
    record(referral, "referral.held", by=by, at=at, until=until.isoformat() if until else None)
    for task in open_tasks(referral):
        hold_with(referral, task, by=by, at=at)


def hold_with(referral: Referral, task: Task, *, by: Actor, at: datetime) -> None:
    """A task of a referral on hold waits with it; what a person already has to do stays theirs."""
    if referral.status is not ReferralStatus.ON_HOLD:
        return
    if task.needs in ladder.HANDS_ON and task.needs is not Needs.NEXT_STEP:
        ladder.stop(task, by=by, at=at)
    else:
        reason = referral.status_reason or ""
        task_changes.hold(task, reason=reason, by=by, at=at, with_referral=True)


def resume(referral: Referral, *, by: Actor, at: datetime) -> None:
    """It goes on where it was held, and so do the tasks that waited with it. Raises Conflict."""
    if referral.status is not ReferralStatus.ON_HOLD:
        raise Conflict("This referral is not on hold.")
    _go_on(referral, "referral.resumed", by=by, at=at)


def due(at: datetime) -> Select[Referral]:
    """Referrals on hold whose day has come."""
    return (
        select(Referral)
        .where(Referral.wakes_at <= at, Referral.status == ReferralStatus.ON_HOLD)
        .order_by(Referral.wakes_at, Referral.id)
    )


def wake(referral: Referral, *, at: datetime) -> None:
    """Its day has come. Does it once; leaves alone what is not due."""
    held = referral.status is ReferralStatus.ON_HOLD
    if held and referral.wakes_at is not None and referral.wakes_at <= at:
        _go_on(referral, "referral.woken", by=SYSTEM, at=at)


def _go_on(referral: Referral, kind: str, *, by: Actor, at: datetime) -> None:
    referral.move(ReferralStatus.IN_PROGRESS)
    record(referral, kind, by=by, at=at)
    for task in open_tasks(referral):
        if task.status is TaskStatus.ON_HOLD and _waits_with_it(task):
            task_changes.resume(task, by=by, at=at)


def open_tasks(referral: Referral) -> list[Task]:
    """Every open task about it, the oldest first."""
    return list(
        db.session.scalars(
            select(Task)
            .where(
                Task.practice_id == referral.practice_id,
                Task.referral_id == referral.id,
                Task.status.in_(OPEN_STATUSES),
            )
            .order_by(Task.created_at, Task.id)
        )
    )


def _waits_with_it(task: Task) -> bool:
    """It was held because of the referral, not for a reason of its own."""
    held = newest(task, "task.held")
    return held is not None and bool(held.facts.get("with_referral"))
