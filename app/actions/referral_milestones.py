"""Milestones of a referral, recorded and taken back; a step of its own for each so that whoever makes one
happen (an answer, an update, a form) records it the same way."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.models.event import Actor, record
from app.models.referral import Referral
from app.models.referral_milestone import ReferralMilestone
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.task import Evidence


def find_milestone(referral: Referral, kind: MilestoneKind) -> ReferralMilestone | None:
    """The one that stands."""
    return db.session.scalars(
        select(ReferralMilestone).where(
            ReferralMilestone.practice_id == referral.practice_id,
            ReferralMilestone.referral_id == referral.id,
            ReferralMilestone.kind == kind,
            ReferralMilestone.taken_back_at.is_(None),
        )
    ).one_or_none()


def reach(
    referral: Referral,
    kind: MilestoneKind,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    evidence: Evidence | None = None,
    note: str | None = None,
) -> bool:
    """Record a milestone; False when it stands already: the first moment is kept."""
    if find_milestone(referral, kind) is not None:
        return False
    db.session.add(
        ReferralMilestone(
            practice_id=referral.practice_id,
            referral_id=referral.id,
            kind=kind,
            happened_at=happened_at or at,
            recorded_at=at,
            by_kind=by.kind,
            by_id=by.id,
            evidence=evidence,
            note=(note or "").strip() or None,
        )
    )
    db.session.flush()
    return True


def take_back(
    referral: Referral, kinds: Iterable[MilestoneKind], *, by: Actor, at: datetime
) -> bool:
    """Take milestones back that were recorded by mistake; False when none of them stands."""
    found = [each for kind in kinds if (each := find_milestone(referral, kind)) is not None]
    for each in found:
        each.taken_back_at = at
    db.session.flush()
    if found:
        record(referral, "referral.milestone_taken_back", by=by, at=at,
               kinds=[each.kind.value for each in found])  # fmt: skip
    return bool(found)


def begin_work(referral: Referral, *, by: Actor, at: datetime) -> None:
    """Work on it has begun: what was only asked for counts as accepted by whoever began. What is on hold
    stays so until somebody lets it go on."""
    if referral.status is ReferralStatus.REQUESTED:
        referral.move(ReferralStatus.ACCEPTED)
        reach(referral, MilestoneKind.ACCEPTED, by=by, at=at)
        record(referral, "referral.accepted", by=by, at=at)
    if referral.status is ReferralStatus.ACCEPTED:
        referral.move(ReferralStatus.IN_PROGRESS)
