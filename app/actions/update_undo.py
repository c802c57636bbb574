"""Taking back that an office was told, when it was not: its row is reversed where the ledger is corrected;
here the clock of the office runs again, and the referral has its one card back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import referral_milestones, tasks
from app.actions.referral_cards import ask_to_tell, find_follow_up
from app.actions.referral_onward import advance
from app.actions.referral_updates import note_told, told_by
from app.core.db import db
from app.core.errors import Conflict
from app.models.event import record
from app.models.referral import Referral, ReferralUpdate
from app.models.referral_letter import ReferralLetter
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.viewer import Viewer


def take_back(practice_id: UUID, update_id: UUID, *, by: Viewer, at: datetime) -> None:
    """Nobody was told. An earlier or later update that stands takes its place; without one the follow-up is
    open again, or a new card asks for it.

    Raises Conflict while the referral is closed on it.
    """
    update = db.session.get_one(ReferralUpdate, (practice_id, update_id))
    referral = db.session.get_one(Referral, (practice_id, update.referral_id), with_for_update=True)
    if referral.status is ReferralStatus.COMPLETED:
        raise Conflict("The referral was closed on it. Open the referral again first.")
    update.taken_back_at = at
    _unattest(update)
    record(referral, "referral.update_taken_back", by=by.actor, at=at, update_id=str(update.id))
    referral_milestones.take_back(referral, [MilestoneKind.PCP_TOLD], by=by.actor, at=at)
    referral.pcp_told_at = None
    db.session.flush()
    other = _first_standing(referral)
    if other is not None:
        note_told(referral, other.how, other.told_at, by=by, at=at)
        for task in told_by(referral):
            task.judge(other.told_at)
        return
    _ask_again(referral, update, by=by, at=at)


def _ask_again(referral: Referral, update: ReferralUpdate, *, by: Viewer, at: datetime) -> None:
    """One card: the follow-up that ended with it, unless one is open."""
    closed = sorted(told_by(referral), key=lambda task: (task.completed_at or at, task.id))
    if find_follow_up(referral) is None and closed:
        tasks.take_back(closed[-1], by=by.actor, at=at)
    elif (
        find_follow_up(referral) is None and referral.status is not ReferralStatus.ENTERED_IN_ERROR
    ):
        ask_to_tell(referral, at=at, why=f"taken_back:{update.id}")
    advance(referral, at=at)


def _first_standing(referral: Referral) -> ReferralUpdate | None:
    rows = select(ReferralUpdate).where(
        ReferralUpdate.practice_id == referral.practice_id,
        ReferralUpdate.referral_id == referral.id,
        ReferralUpdate.taken_back_at.is_(None),
    )
    return db.session.scalars(
        rows.order_by(ReferralUpdate.told_at, ReferralUpdate.id).limit(1)
    ).first()


def _unattest(update: ReferralUpdate) -> None:
    """A letter that was said to have gone through with it did not."""
    rows = select(ReferralLetter).where(
        ReferralLetter.practice_id == update.practice_id,
        ReferralLetter.referral_id == update.referral_id,
        ReferralLetter.attested_at.is_not(None),
    )
    for letter in db.session.scalars(rows):
        if letter.body.strip() == update.body:
            letter.attested_at = None
