"""What becomes of the work of a referral that is over, and of an ask that ended: the patient is asked no
more, and only the office is left to be told. Tasks two sides disagree about stay for a person."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from app.actions import ladder, letters, tasks
from app.actions.referral_cards import ask_to_tell, find_follow_up
from app.actions.referral_holds import open_tasks
from app.core.db import db
from app.models.event import Actor
from app.models.referral import Referral, ReferralUpdate
from app.models.referral_state import ReferralStatus
from app.models.task import Needs, Task, TaskStatus

#: Why its tasks are not needed any more, as it ended.
WHY = {
    ReferralStatus.REJECTED: "The referral was not a fit",
    ReferralStatus.CANCELLED: "The referral was cancelled",
    ReferralStatus.FAILED: "The referral could not be done",
    ReferralStatus.ENTERED_IN_ERROR: "The referral was entered in error",
    ReferralStatus.COMPLETED: "The referral is closed",
}
#: A person has something to find out first, whatever became of the rest.
_STAYS = frozenset({Needs.SETTLE, Needs.REVIEW_REPLY})


def wind_up(referral: Referral, *, by: Actor, at: datetime) -> None:
    """After an end without an outcome: one card to tell the office, within its week, and nothing else.
    One that was entered in error is nobody's business, unless the office has heard of it."""
    tells = referral.status is not ReferralStatus.ENTERED_IN_ERROR or _was_told(referral)
    card = find_follow_up(referral) if tells else None
    drop(
        (task for task in open_tasks(referral) if task is not card),
        WHY[referral.status],
        by=by,
        at=at,
    )
    if not tells:
        for letter in letters.shown_letters(referral):
            letters.withdraw(letter, by=by, at=at)
    elif card is None:
        ask_to_tell(referral, at=at, why=referral.status.value, since=at)
    else:
        ladder.stop(card, by=by, at=at)
        if card.status is TaskStatus.ON_HOLD:
            card.status, card.status_reason, card.wakes_at = TaskStatus.IN_PROGRESS, None, None
        card.need(Needs.UPDATE_PCP, at=at)


def close_work(referral: Referral, *, by: Actor, at: datetime) -> None:
    """After the loop was closed: nothing is left to do."""
    drop(open_tasks(referral), WHY[referral.status], by=by, at=at)


def drop(found: Iterable[Task], why: str, *, by: Actor, at: datetime) -> None:
    """These tasks are not needed any more, and no text of theirs leaves. What two sides disagree about, or
    somebody wrote and nobody read, stays with a person."""
    for task in found:
        if not task.is_open:
            continue
        if task.needs in _STAYS:
            ladder.stop(task, by=by, at=at)
            continue
        tasks.complete(task, outcome=tasks.NOT_NEEDED, evidence=None, reason=why, by=by, at=at)


def _was_told(referral: Referral) -> bool:
    told = select(ReferralUpdate.id).where(
        ReferralUpdate.practice_id == referral.practice_id,
        ReferralUpdate.referral_id == referral.id,
        ReferralUpdate.taken_back_at.is_(None),
    )
    return db.session.scalar(told.limit(1)) is not None
