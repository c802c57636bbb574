"""Whom the practice's care is for, and how often referrals were a fit: told to those who refer, so that both
sides come to see it alike."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.access import visible_referrals
from app.core.db import db
from app.core.errors import NotFound
from app.models.referral import Referral
from app.models.referral_intake import IntakeStatus, ReferralIntake
from app.models.referral_milestone import FitCriterion
from app.models.viewer import Viewer
from app.queries.offices import visible_intakes

#: Long enough for a pattern to show, short enough to be about now.
LOOK_BACK = timedelta(days=90)
OTHER = "Another reason"


@dataclass(frozen=True, slots=True)
class FitCounts:
    """Referrals received lately: fit, not a fit, not checked; and which lines were not met. Apart from them,
    what came by a link and was put aside before it became one."""

    fit: int
    not_fit: int
    unchecked: int
    unmet: list[tuple[str, int]]
    put_aside: int


def criteria(viewer: Viewer, *, in_force: bool = False) -> list[FitCriterion]:
    """The practice's lines, oldest first."""
    rows = select(FitCriterion).where(FitCriterion.practice_id == viewer.practice_id)
    if in_force:
        rows = rows.where(FitCriterion.is_active.is_(True))
    return list(db.session.scalars(rows.order_by(FitCriterion.created_at, FitCriterion.id)))


def criterion_for(viewer: Viewer, criterion_id: UUID) -> FitCriterion:
    """Raises NotFound for another practice's."""
    found = db.session.get(FitCriterion, (viewer.practice_id, criterion_id))
    if found is None:
        raise NotFound
    return found


def fit_counts(viewer: Viewer, *, at: datetime, referrer_id: UUID | None = None) -> FitCounts:
    """Of the referrals this viewer sees; of one office's when it is named."""
    mine = visible_referrals(viewer).where(Referral.received_at > at - LOOK_BACK)
    if referrer_id is not None:
        mine = mine.where(Referral.referrer_id == referrer_id)
    rows = db.session.execute(
        mine.with_only_columns(Referral.is_fit, Referral.unmet_criterion_id, func.count()).group_by(
            Referral.is_fit, Referral.unmet_criterion_id
        )
    ).all()
    words = {each.id: each.text for each in criteria(viewer)}
    totals: dict[bool | None, int] = {}
    unmet: dict[str, int] = {}
    for is_fit, criterion_id, count in rows:
        totals[is_fit] = totals.get(is_fit, 0) + count
        if is_fit is False:
            why = words.get(criterion_id, OTHER) if criterion_id else OTHER
            unmet[why] = unmet.get(why, 0) + count
    most_first = sorted(unmet.items(), key=lambda each: (-each[1], each[0]))
    return FitCounts(
        totals.get(True, 0), totals.get(False, 0), totals.get(None, 0), most_first,
        _put_aside(viewer, at, referrer_id),
    )  # fmt: skip


def _put_aside(viewer: Viewer, at: datetime, referrer_id: UUID | None) -> int:
    rows = visible_intakes(viewer).where(
        ReferralIntake.status == IntakeStatus.DISMISSED, ReferralIntake.received_at > at - LOOK_BACK
    )
    if referrer_id is not None:
        rows = rows.where(ReferralIntake.referrer_id == referrer_id)
    return db.session.scalar(rows.with_only_columns(func.count(ReferralIntake.id))) or 0
