"""Correcting what was written down of a referral: its office, who there sent it, why, and when it came. Both
clocks follow the day it came; the office it did not come from has no part in it any more."""

from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import select

from app.actions import due_days, ladder, mail, partner_links, referral_milestones
from app.actions.referrals import check_came
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.mail import MailKind
from app.models.partner_link import LinkScope
from app.models.practice import Practice
from app.models.referral import Referral, Referrer
from app.models.referral_clock import week_end
from app.models.referral_intake import ReferralNote
from app.models.referral_letter import ReferralLetter
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.task import OPEN_STATUSES, Needs, Task, TaskType


class Corrected(TypedDict):
    """All of it, as it should have been."""

    referrer: Referrer | None
    referred_by: str | None
    reason: str
    received_at: datetime


def correct(
    referral: Referral, *, by: Actor, at: datetime, **corrected: Unpack[Corrected]
) -> list[str]:
    """Returns the names of what differs. The event keeps before and after; the former reason is kept with
    the milestone. Raises Invalid for a day that cannot be, Conflict when it was entered in error."""
    if referral.status is ReferralStatus.ENTERED_IN_ERROR:
        raise Conflict("This referral was entered in error. Record the right one instead.")
    if not corrected["reason"].strip():
        raise Invalid("Write why they were referred.", field="reason")
    _check_received(referral, corrected["received_at"], at=at)
    before, former_reason = _facts(referral), referral.reason
    office = corrected["referrer"]
    if (office.id if office else None) != referral.referrer_id:
        if referral.pcp_told_at is not None:
            raise Invalid(
                "This office was told already. Take the completion of the follow-up back first.",
                field="office",
            )
        _leave_office(referral, by=by, at=at)
        referral.referrer_id = office.id if office else None
    referral.referred_by, referral.reason = corrected["referred_by"], corrected["reason"].strip()
    has_moved = corrected["received_at"] != referral.received_at
    referral.received_at = corrected["received_at"]
    db.session.flush()
    db.session.refresh(referral, ["referrer"])
    after = _facts(referral)
    differing = [name for name in after if after[name] != before[name]]
    reworded = [] if referral.reason == former_reason else ["reason"]
    if not differing and not reworded:
        return []
    record(referral, "referral.corrected", by=by, at=at, reworded=bool(reworded),
           before={name: before[name] for name in differing},
           after={name: after[name] for name in differing})  # fmt: skip
    if has_moved or reworded:
        _receive_again(referral, former_reason if reworded else None, by=by, at=at)
    _follow(referral, by=by, at=at, has_moved=has_moved)
    return differing + reworded


def _facts(referral: Referral) -> dict[str, str | None]:
    return {
        "office": referral.referrer.name if referral.referrer else None,
        "referred_by": referral.referred_by,
        "received_at": referral.received_at.isoformat(),
    }


def _check_received(referral: Referral, moment: datetime, *, at: datetime) -> None:
    if moment == referral.received_at:
        return
    check_came(moment, at=at)
    for then, said in (
        (referral.connected_at, "the patient was in touch"),
        (referral.pcp_told_at, "the office was told"),
    ):
        if then is not None and moment > then:
            raise Invalid(f"That is after {said}. Take that back first.", field="received_at")


def _receive_again(
    referral: Referral, former_reason: str | None, *, by: Actor, at: datetime
) -> None:
    kind = MilestoneKind.RECEIVED
    standing = referral_milestones.find_milestone(referral, kind)
    if standing is not None:
        standing.taken_back_at = at
        db.session.flush()
    note = f"Corrected. The reason was: {former_reason}" if former_reason else None
    referral_milestones.reach(
        referral, kind, by=by, at=at, happened_at=referral.received_at, note=note
    )


def _leave_office(referral: Referral, *, by: Actor, at: datetime) -> None:
    """Nothing more leaves for the office it did not come from, and no link of theirs opens it."""
    partner_links.revoke_all(referral.practice_id, LinkScope.REFERRAL, referral.id, by=by, at=at)
    mail.cancel_waiting(referral.practice_id, MailKind.OFFICE_ANSWER, referral.id, at=at)
    letters = select(ReferralLetter).where(
        ReferralLetter.practice_id == referral.practice_id,
        ReferralLetter.referral_id == referral.id,
        ReferralLetter.withdrawn_at.is_(None),
    )
    for letter in db.session.scalars(letters):
        if not letter.tells:
            letter.withdrawn_at = at
            kind = MailKind.REFERRAL_UPDATE
            mail.cancel_waiting(letter.practice_id, kind, letter.id, at=at)
            record(referral, "referral.letter_withdrawn", by=by, at=at)
    notes = select(ReferralNote).where(
        ReferralNote.practice_id == referral.practice_id,
        ReferralNote.referral_id == referral.id,
        ReferralNote.withdrawn_at.is_(None),
    )
    for note in db.session.scalars(notes):
        note.withdrawn_at = at
    referral.office_asked_at = None


def _follow(referral: Referral, *, by: Actor, at: datetime, has_moved: bool) -> None:
    """The week and the open follow-ups begin on the day it came."""
    practice = db.session.get_one(Practice, referral.practice_id)
    if has_moved:
        ends = referral.week_ends_at = week_end(referral.received_at, practice)
        told = referral.pcp_told_at
        was_late = referral.pcp_overdue_since is not None and ends <= at
        referral.pcp_overdue_since = ends if was_late and (told is None or told >= ends) else None
    tasks = select(Task).where(
        Task.practice_id == referral.practice_id,
        Task.referral_id == referral.id,
        Task.type == TaskType.REFERRAL_FOLLOW_UP,
        Task.status.in_(OPEN_STATUSES),
    )
    for task in db.session.scalars(tasks.with_for_update()).all():
        office = {"referrer": referral.referrer.name} if referral.referrer else {}
        task.about = {key: task.about[key] for key in task.about if key != "referrer"} | office
        if has_moved:
            _recount(task, practice, referral.received_at, by=by, at=at)


def _recount(
    task: Task, practice: Practice, received_at: datetime, *, by: Actor, at: datetime
) -> None:
    task.received_at = received_at
    due = due_days.due_now(task, practice)
    if due.at == task.due_at:
        return
    was = task.due_on
    task.due_on, task.due_at, task.due_zone, task.updated_at = (
        due.day,
        due.at,
        practice.time_zone,
        at,
    )
    record(task, "task.rescheduled", by=by, at=at, due_on=due.day.isoformat(), was=was.isoformat())
    if due.at <= at:
        task.overdue_since = due.at if task.overdue_since else None
        ladder.mark_overdue(task, at=at)
    elif task.overdue_since is not None:
        task.overdue_since = task.escalated_at = None
        if task.needs is Needs.LEAD_DECISION:
            task.need(Needs.CALL if task.next_step_at is None else None, at=at)
