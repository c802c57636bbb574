"""What an office sees on its standing page beside its referrals: what is new, and what it sent by its link
that is no referral yet, or became none."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.core.db import db
from app.models.referral_intake import IntakeStatus, ReferralIntake
from app.models.referral_letter import LetterWay, ReferralLetter
from app.models.viewer import Viewer
from app.queries.fit import LOOK_BACK

MOST_INTAKES = 50


def unsettled_intakes(viewer: Viewer, office_id: UUID, *, at: datetime) -> list[ReferralIntake]:
    """Of this office, the newest first: those that wait, and those put aside lately with the reason."""
    aside = and_(
        ReferralIntake.status == IntakeStatus.DISMISSED,
        ReferralIntake.received_at > at - LOOK_BACK,
    )
    rows = select(ReferralIntake).where(
        ReferralIntake.practice_id == viewer.practice_id,
        ReferralIntake.referrer_id == office_id,
        or_(ReferralIntake.status == IntakeStatus.WAITING, aside),
    )
    newest = rows.order_by(ReferralIntake.received_at.desc(), ReferralIntake.id)
    return list(db.session.scalars(newest.limit(MOST_INTAKES)))


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
