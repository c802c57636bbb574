"""How a referral goes on: fit checked, accepted or rejected, on hold, scheduled, kept, its outcome, the
report, closed, or ended without. Whoever ends one without having told the office still has to tell it."""

from datetime import datetime
from uuid import UUID

from app.actions.referral_ends import close_work, wind_up
from app.actions.referral_holds import hold, resume
from app.actions.referral_milestones import begin_work, find_milestone, reach, take_back
from app.actions.referral_onward import advance
from app.actions.touchpoint_contact import CLOCK_TOLERANCE
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.referral import Referral
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.task import Evidence

__all__ = [
    "ENDINGS",
    "RECORDED",
    "accept",
    "close",
    "end",
    "hold",
    "mark",
    "reject",
    "reopen",
    "resume",
    "unmark",
]

#: Milestones staff record as they come, with whether somebody has to have confirmed them.
RECORDED = {
    MilestoneKind.SCHEDULED: False,
    MilestoneKind.KEPT: True,
    MilestoneKind.OUTCOME: True,
    MilestoneKind.REPORT_RECEIVED: False,
}
#: Ways to end it without an outcome, each with its reason.
ENDINGS = (
    ReferralStatus.CANCELLED,
    ReferralStatus.FAILED,
    ReferralStatus.ENTERED_IN_ERROR,
)


def accept(referral: Referral, *, by: Actor, at: datetime, note: str | None = None) -> None:
    """They are a fit: the team takes them on. Raises NoSuchMove."""
    referral.move(ReferralStatus.ACCEPTED)
    referral.is_fit, referral.unmet_criterion_id = True, None
    reach(referral, MilestoneKind.FIT_CHECKED, by=by, at=at, note=note)
    reach(referral, MilestoneKind.ACCEPTED, by=by, at=at)
    record(referral, "referral.accepted", by=by, at=at, is_fit=True)


def reject(
    referral: Referral,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    unmet_criterion_id: UUID | None = None,
) -> None:
    """Not a fit, for good: the office is to hear why, and another referral may go elsewhere.

    Raises NoSuchMove, and Invalid without a reason.
    """
    referral.move(ReferralStatus.REJECTED, reason=reason)
    referral.is_fit, referral.unmet_criterion_id = False, unmet_criterion_id
    reach(referral, MilestoneKind.FIT_CHECKED, by=by, at=at, note=reason)
    record(referral, "referral.rejected", by=by, at=at, is_fit=False)
    wind_up(referral, by=by, at=at)


def mark(
    referral: Referral,
    kind: MilestoneKind,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    evidence: Evidence | None = None,
    note: str | None = None,
) -> None:
    """Record one of `RECORDED`. Raises Invalid for a future day or what nobody confirmed, Conflict when the
    referral is over or the milestone stands already."""
    if kind not in RECORDED:
        raise Invalid("Choose what happened.", field="kind")
    if not referral.is_open:
        raise Conflict("This referral is over.")
    moment = happened_at or at
    if moment > at + CLOCK_TOLERANCE:
        raise Invalid("That day is still to come.", field="happened_at")
    if moment < referral.received_at - CLOCK_TOLERANCE:
        raise Invalid("That was before the referral came.", field="happened_at")
    if RECORDED[kind] and evidence in (None, Evidence.NOT_VERIFIED):
        raise Invalid("Say who confirmed it.", field="evidence")
    if kind is MilestoneKind.OUTCOME and not (note or "").strip():
        raise Invalid("Write what came of it.", field="note")
    begin_work(referral, by=by, at=at)
    grade = evidence if RECORDED[kind] else None
    if not reach(referral, kind, by=by, at=at, happened_at=moment, evidence=grade, note=note):
        raise Conflict("That is recorded already. Take it back first.")
    record(
        referral, f"referral.{kind.value}", by=by, at=at, evidence=grade.value if grade else None
    )
    advance(referral, at=at)


def unmark(referral: Referral, kind: MilestoneKind, *, by: Actor, at: datetime) -> None:
    """Take back what `mark` recorded. Raises Conflict when there is nothing, or the referral is over."""
    if not referral.is_open:
        raise Conflict("This referral is over. Take its closing back first.")
    if kind not in RECORDED or not take_back(referral, [kind], by=by, at=at):
        raise Conflict("There is nothing to take back.")
    advance(referral, at=at)


def close(referral: Referral, *, by: Actor, at: datetime) -> bool:
    """The loop is closed: an outcome somebody confirmed, and the office knows. Closing twice is harmless.

    Raises Conflict with what is missing.
    """
    if referral.status is ReferralStatus.COMPLETED:
        return False
    if find_milestone(referral, MilestoneKind.OUTCOME) is None:
        raise Conflict("Record the outcome first: who confirmed what came of it.")
    if referral.pcp_told_at is None:
        raise Conflict("Tell the referring office first.")
    referral.move(ReferralStatus.COMPLETED)
    reach(referral, MilestoneKind.CLOSED, by=by, at=at)
    record(referral, "referral.closed", by=by, at=at)
    close_work(referral, by=by, at=at)
    return True


def reopen(referral: Referral, *, by: Actor, at: datetime) -> None:
    """Undo a closing. A rejected, cancelled or failed referral stays so."""
    if referral.status is not ReferralStatus.COMPLETED:
        raise Conflict("Only a closed referral can be opened again.")
    referral.move(ReferralStatus.IN_PROGRESS)
    take_back(referral, [MilestoneKind.CLOSED], by=by, at=at)
    record(referral, "referral.reopened", by=by, at=at)
    advance(referral, at=at)


def end(referral: Referral, how: ReferralStatus, reason: str, *, by: Actor, at: datetime) -> None:
    """End it without an outcome. Raises NoSuchMove, and Invalid without a reason."""
    if how not in ENDINGS:
        raise Invalid("Choose how it ended.", field="how")
    if not reason.strip():
        raise Invalid("Write why.", field="reason")
    referral.move(how, reason=reason)
    record(referral, f"referral.{how.value}", by=by, at=at)
    wind_up(referral, by=by, at=at)
