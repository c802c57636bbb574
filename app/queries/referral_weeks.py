"""Two clocks over the referrals received lately, counted and named apart: team to patient (in touch within
the week) and team to PCP (told within the week). Sent is not told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func

from app.access import visible_referrals
from app.core.db import db
from app.models.referral import Referral
from app.models.referral_letter import ReferralLetter
from app.models.referral_state import ReferralStatus
from app.models.viewer import Viewer
from app.queries.fit import LOOK_BACK
from app.queries.intake_weeks import ends_of_waiting


@dataclass(frozen=True, slots=True)
class Clock:
    """Of the referrals whose week is over: within it, later, not at all. Those still running apart."""

    in_time: int
    late: int
    missing: int
    running: int

    @property
    def ended(self) -> int:
        return self.in_time + self.late + self.missing


@dataclass(frozen=True, slots=True)
class Weeks:
    patient: Clock
    pcp: Clock
    #: Letters that left and that nobody opened: not told.
    sent_only: int
    #: Referred by link, not matched to a patient within the week: in both clocks, too.
    unmatched: int = 0


def weeks(viewer: Viewer, *, at: datetime) -> Weeks:
    """Of the referrals this viewer sees, received in the last 90 days, and of those that came by link and
    wait to be matched. Three statements."""
    mine = visible_referrals(viewer).where(
        Referral.received_at > at - LOOK_BACK, Referral.status != ReferralStatus.ENTERED_IN_ERROR
    )
    sent_only = and_(
        Referral.pcp_told_at.is_(None),
        exists().where(
            ReferralLetter.practice_id == Referral.practice_id,
            ReferralLetter.referral_id == Referral.id,
            ReferralLetter.sent_at.is_not(None),
            ReferralLetter.failed_at.is_(None),
            ReferralLetter.withdrawn_at.is_(None),
        ),
    )
    counts = []
    for moment in (Referral.connected_at, Referral.pcp_told_at):
        over = Referral.week_ends_at <= at
        counts += [
            func.count().filter(moment < Referral.week_ends_at),
            func.count().filter(moment >= Referral.week_ends_at),
            func.count().filter(and_(moment.is_(None), over)),
            func.count().filter(and_(moment.is_(None), ~over)),
        ]
    row = db.session.execute(mine.with_only_columns(*counts, func.count().filter(sent_only))).one()
    ends = ends_of_waiting(viewer, since=at - LOOK_BACK)
    unmatched = sum(end <= at for end in ends)
    patient, pcp = (
        Clock(in_time, late, missing + unmatched, running + len(ends) - unmatched)
        for in_time, late, missing, running in (row[:4], row[4:8])
    )
    return Weeks(patient, pcp, row[8], unmatched)
