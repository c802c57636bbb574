"""A day a referral was for: what its card ends with is the referral's *kept*, with who said so."""

from datetime import datetime

from app.actions.referral_milestones import find_milestone, reach, take_back
from app.core.db import db
from app.models.event import Actor, record
from app.models.referral import Referral
from app.models.referral_state import MilestoneKind
from app.models.task import Evidence, Task, TaskType

KEPT = MilestoneKind.KEPT


def note_kept(task: Task, evidence: Evidence, *, by: Actor, at: datetime) -> None:
    """Its day was kept; the first word of it is the one that stands."""
    referral = _referral_of(task)
    if referral is None:
        return
    written = task.about.get("happens_at")
    happened = datetime.fromisoformat(written) if written else at
    reach_kept(referral, evidence, min(happened, at), by=by, at=at)


def reach_kept(
    referral: Referral, evidence: Evidence, happened_at: datetime, *, by: Actor, at: datetime
) -> None:
    if reach(referral, KEPT, by=by, at=at, happened_at=happened_at, evidence=evidence):
        record(referral, "referral.kept", by=by, at=at, evidence=evidence.value)


def unnote(task: Task, *, by: Actor, at: datetime) -> None:
    """The card opens again: what its end recorded stands no longer. To be called before it opens."""
    referral = _referral_of(task)
    found = find_milestone(referral, KEPT) if referral is not None else None
    if referral is not None and found is not None and found.recorded_at == task.completed_at:
        take_back(referral, [KEPT], by=by, at=at)


def _referral_of(task: Task) -> Referral | None:
    if task.type is not TaskType.APPOINTMENT_KEPT or task.referral_id is None:
        return None
    return db.session.get(Referral, (task.practice_id, task.referral_id))
