"""The office's own clock: a week after a referral came it is to have heard from us. When it has not, the
referral is overdue and the team's leader sees a card for it, whatever became of the task before."""

from datetime import datetime

from sqlalchemy import Select, select

from app.actions import ladder
from app.actions.referral_cards import ask_to_tell, escalate, find_follow_up
from app.models.event import SYSTEM, record
from app.models.referral import Referral
from app.models.referral_state import ReferralStatus
from app.models.task import TaskStatus


def overdue(at: datetime) -> Select[Referral]:
    """Referrals whose week is over, whose office has not been told, and that nobody was shown yet."""
    return (
        select(Referral)
        .where(
            Referral.week_ends_at <= at,
            Referral.pcp_told_at.is_(None),
            Referral.pcp_overdue_since.is_(None),
            Referral.status != ReferralStatus.ENTERED_IN_ERROR,
        )
        .order_by(Referral.week_ends_at, Referral.id)
    )


def mark_overdue(referral: Referral, *, at: datetime) -> None:
    """Does it once; leaves alone what is not due or was told."""
    told = referral.pcp_told_at is not None or referral.pcp_overdue_since is not None
    ends = referral.week_ends_at
    if told or ends is None or ends > at:
        return
    referral.pcp_overdue_since = ends
    record(referral, "referral.pcp_overdue", by=SYSTEM, at=at)
    task = find_follow_up(referral)
    if task is None or task.status is TaskStatus.ON_HOLD:
        task = ask_to_tell(referral, at=at, why="overdue")
    ladder.mark_overdue(task, at=at)  # where its own day is over as well
    escalate(task, at=at)
