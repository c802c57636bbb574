"""What is new for an office on its standing page."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.models.referral_letter import LetterWay, ReferralLetter
from app.models.viewer import Viewer


def unread_letters(referral_ids: Sequence[UUID], viewer: Viewer) -> frozenset[UUID]:
    """Those of the referrals (found through access) with a letter that nobody opened yet."""
    rows = select(ReferralLetter.referral_id).where(
        ReferralLetter.practice_id == viewer.practice_id,
        ReferralLetter.referral_id.in_(referral_ids),
        ReferralLetter.way == LetterWay.LINK,
        ReferralLetter.withdrawn_at.is_(None),
        ReferralLetter.opened_at.is_(None),
        ReferralLetter.attested_at.is_(None),
    )
    return frozenset(db.session.scalars(rows))
