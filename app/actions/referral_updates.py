"""Telling the referring PCP: the recorded update, its row in the ledger, and with it the end of the
follow-up. Others reach it as `referrals.record_update`."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.actions import tasks, touchpoints
from app.actions.referral_cards import find_follow_up
from app.actions.referral_milestones import reach, take_back
from app.actions.referral_onward import Climb, advance
from app.actions.touchpoint_contact import CLOCK_TOLERANCE, Contact
from app.core.db import db
from app.core.errors import Invalid
from app.models.event import record
from app.models.referral import Referral, ReferralUpdate
from app.models.referral_state import MilestoneKind
from app.models.task import Evidence, Task
from app.models.touchpoint import ActorKind, MinutesSource
from app.models.viewer import Viewer

#: How an office may be told, and whether that leaves something written.
OPENED = "secure_link"
WAYS = {
    "phone": Evidence.STAFF_ATTESTED,
    "in_person": Evidence.STAFF_ATTESTED,
    "fax": Evidence.DOCUMENT,
    "email": Evidence.DOCUMENT,
    "letter": Evidence.DOCUMENT,
    OPENED: Evidence.DOCUMENT,
}
#: What staff may say; that a link was opened is the office's to show.
STAFF_WAYS = tuple(way for way in WAYS if way != OPENED)


def record_update(
    referral: Referral,
    *,
    how: str,
    told_to: str,
    body: str,
    told_at: datetime,
    by: Viewer,
    at: datetime,
    seconds: int = 0,
) -> ReferralUpdate:
    """The referring office was told: writes the update, its touchpoint, and completes the follow-up;
    what comes next gets a card of its own.

    In time or late is judged by when the office was told, not by when it was written down. Raises
    Invalid for an unknown way, an empty update or an impossible time.
    """
    _check_way(how, by)
    _check_update(referral, told_to, body, told_at, at)
    update = ReferralUpdate(
        practice_id=referral.practice_id,
        referral_id=referral.id,
        how=how,
        told_to=told_to.strip(),
        body=body.strip(),
        told_at=told_at,
        recorded_at=at,
        recorded_by_id=by.id if by.kind == "user" else None,
    )
    db.session.add(update)
    if referral.pcp_told_at is None:
        note_told(referral, how, told_at, by=by, at=at)
    task = find_follow_up(referral)
    record(referral, "referral.pcp_told", by=by.actor, at=at, how=how,
           update_id=str(update.id), task_id=str(task.id) if task else None)  # fmt: skip
    _write_touchpoint(referral, update, task, by=by, at=at, seconds=seconds)
    _end_follow_up(referral, task, WAYS[how], told_at, by=by, at=at)
    return update


def _end_follow_up(
    referral: Referral,
    task: Task | None,
    evidence: Evidence,
    told_at: datetime,
    *,
    by: Viewer,
    at: datetime,
) -> None:
    climb = None
    if task is not None:
        climb = Climb.of(task, at=at) if task.connected_at is None else None
        tasks.complete(
            task, outcome="pcp_told", evidence=evidence, by=by.actor, at=at, done_at=told_at
        )
    advance(referral, at=at, after=climb)


def note_told(referral: Referral, how: str, told_at: datetime, *, by: Viewer, at: datetime) -> None:
    """From then on the office knows."""
    referral.pcp_told_at = told_at
    kind = MilestoneKind.PCP_TOLD
    reach(referral, kind, by=by.actor, at=at, happened_at=told_at, evidence=WAYS[how])


def restate(
    practice_id: UUID, update_id: UUID, *, told_at: datetime, by: Viewer, at: datetime
) -> None:
    """They were told at another time than was written down; in time or late is judged anew.

    Raises Invalid for an impossible time.
    """
    update = db.session.get_one(ReferralUpdate, (practice_id, update_id))
    referral = db.session.get_one(Referral, (practice_id, update.referral_id))
    _check_update(referral, update.told_to, update.body, told_at, at)
    was, update.told_at = update.told_at, told_at
    if referral.pcp_told_at == was:
        take_back(referral, [MilestoneKind.PCP_TOLD], by=by.actor, at=at)
        note_told(referral, update.how, told_at, by=by, at=at)
        for task in told_by(referral):
            task.judge(told_at)


def told_by(referral: Referral) -> list[Task]:
    """The follow-ups that ended with the update."""
    rows = select(Task).where(
        Task.practice_id == referral.practice_id, Task.referral_id == referral.id,
        Task.outcome == "pcp_told",
    )  # fmt: skip
    return list(db.session.scalars(rows))


def _check_way(how: str, by: Viewer) -> None:
    if how not in WAYS or (how == OPENED and by.kind != "partner"):
        raise Invalid(f"Choose how they were told: {', '.join(STAFF_WAYS)}.", field="how")


def _check_update(
    referral: Referral, told_to: str, body: str, told_at: datetime, at: datetime
) -> None:
    if not told_to.strip():
        raise Invalid("Write who at the office took it.", field="told_to")
    if not body.strip():
        raise Invalid("Write what they were told.", field="body")
    if told_at > at + CLOCK_TOLERANCE:
        raise Invalid("The update lies in the future.", field="told_at")
    if told_at < referral.received_at - CLOCK_TOLERANCE:
        raise Invalid("The update is older than the referral.", field="told_at")


def _write_touchpoint(
    referral: Referral, update: ReferralUpdate, task: Task | None, *, by: Viewer, at: datetime, seconds: int
) -> None:  # fmt: skip
    human = by.kind == "user"
    touchpoints.write(
        Contact(
            patient=referral.patient,
            source_kind="referral_update",
            source_id=str(update.id),
            activity_type="pcp_update",
            channel=update.how,
            direction="outbound",
            actor_kind=ActorKind.HUMAN if human else ActorKind.SYSTEM,
            actor_id=by.id if human else None,
            started_at=update.told_at - timedelta(seconds=seconds),
            ended_at=update.told_at,
            seconds=seconds if human else 0,
            minutes_source=MinutesSource.MANUAL if human and seconds else MinutesSource.NONE,
            contact_party="pcp",
            is_synchronous=update.how in ("phone", "in_person"),
            contact_outcome="reached",
            task_ids=(task.id,) if task else (),
            summary=update.body,
        ),
        by=by.actor,
        at=at,
    )
