"""Letters of a referral for those who may see it: staff, and the office through its link."""

from uuid import UUID

from sqlalchemy import select

from app.access import referral_for, visible_referrals
from app.core.db import db
from app.core.errors import NotFound
from app.models.referral import Referral
from app.models.referral_letter import ReferralLetter
from app.models.viewer import Viewer


def letters_of(viewer: Viewer, referral_id: UUID) -> list[ReferralLetter]:
    """All of them, newest first. Raises NotFound for a referral the viewer may not see."""
    referral = referral_for(viewer, referral_id)
    rows = select(ReferralLetter).where(
        ReferralLetter.practice_id == viewer.practice_id, ReferralLetter.referral_id == referral.id
    )
    ordered = rows.order_by(ReferralLetter.approved_at.desc(), ReferralLetter.id.desc())
    return list(db.session.scalars(ordered))


def letter_for(viewer: Viewer, letter_id: UUID) -> ReferralLetter:
    """Raises NotFound for a letter about a referral the viewer may not see."""
    seen = visible_referrals(viewer).with_only_columns(Referral.id)
    found = db.session.scalars(
        select(ReferralLetter).where(
            ReferralLetter.practice_id == viewer.practice_id,
            ReferralLetter.id == letter_id,
            ReferralLetter.referral_id.in_(seen),
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    return found
