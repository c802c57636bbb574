"""The week of patients an office referred by its link, while nobody has found out who they are: it runs from
when it came, and counts like any other referral's."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import joinedload

from app.core.db import db
from app.models.practice import Practice
from app.models.referral_clock import week_end
from app.models.referral_intake import IntakeStatus, ReferralIntake
from app.models.viewer import Viewer
from app.queries.offices import Waiting, visible_intakes

MOST_SHOWN = 20


def ends_of_waiting(viewer: Viewer, *, since: datetime) -> Sequence[datetime]:
    """When the week of each that waits is over, the soonest first. Two statements."""
    came = db.session.scalars(
        visible_intakes(viewer)
        .where(ReferralIntake.status == IntakeStatus.WAITING, ReferralIntake.received_at > since)
        .with_only_columns(ReferralIntake.received_at)
    ).all()
    if not came:
        return ()
    practice = db.session.get_one(Practice, viewer.practice_id)
    return sorted(week_end(moment, practice) for moment in came)


def unmatched(viewer: Viewer) -> list[Waiting]:
    """For the board: those nobody has matched, the soonest due first, without the patients they may be. One
    statement; two when something waits."""
    rows = visible_intakes(viewer).where(ReferralIntake.status == IntakeStatus.WAITING)
    found = db.session.scalars(
        rows.options(joinedload(ReferralIntake.referrer))
        .order_by(ReferralIntake.received_at, ReferralIntake.id)
        .limit(MOST_SHOWN)
    ).all()
    if not found:
        return []
    practice = db.session.get_one(Practice, viewer.practice_id)
    return [Waiting(each, (), week_end(each.received_at, practice)) for each in found]
