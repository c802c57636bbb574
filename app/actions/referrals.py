"""The referral loop: received, connected with the patient, the referring PCP told. Only a recorded update
to the PCP completes the follow-up; connecting opens that step."""

from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import select

from app.actions import ladder, tasks
from app.actions.referral_milestones import begin_work, reach, take_back
from app.actions.referral_onward import advance, is_onward
from app.actions.referral_updates import WAYS, record_update
from app.actions.touchpoint_contact import CLOCK_TOLERANCE
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.referral import Referral, Referrer
from app.models.referral_clock import week_end
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.task import Evidence, Needs, Task, TaskType

__all__ = ["WAYS", "advance", "connect", "create", "disconnect", "find_of", "record_update"]


class ReferralDetails(TypedDict, total=False):
    """`received_at` is when it reached the practice: the week runs from there (default: now)."""

    received_at: datetime | None
    referrer: Referrer | None
    referred_by: str | None
    source_id: str | None
    owner_id: UUID | None
    ask_first: bool
    #: Of its follow-up: how it must be handled, and the goal of the care plan it serves.
    sensitivity: str | None
    goal: str | None
    not_before: datetime | None


def create(
    patient: Patient, *, reason: str, by: Actor, at: datetime, **details: Unpack[ReferralDetails]
) -> Referral:
    """A referral with its follow-up task. A `source_id` seen before gives the first one back.

    Raises Invalid for a referral from the future.
    """
    source_id = details.get("source_id")
    seen = _by_source(patient.practice_id, source_id) if source_id else None
    if seen is not None:
        return seen
    received_at = check_came(details.get("received_at") or at, at=at)
    referrer = details.get("referrer")
    referral = Referral(
        practice_id=patient.practice_id,
        patient_id=patient.id,
        referrer_id=referrer.id if referrer else None,
        referred_by=details.get("referred_by"),
        reason=reason.strip(),
        status=ReferralStatus.REQUESTED,
        received_at=received_at,
        source_id=source_id,
        created_at=at,
    )
    _receive(referral, by=by, at=at)
    tasks.create(
        patient,
        TaskType.REFERRAL_FOLLOW_UP,
        by=by,
        at=at,
        referral=referral,
        owner_id=details.get("owner_id"),
        ask_first=details.get("ask_first", True),
        not_before=details.get("not_before"),
        about={"referrer": referrer.name} if referrer else None,
        sensitivity=details.get("sensitivity"),
        goal=details.get("goal"),
    )
    return referral


def check_came(moment: datetime, *, at: datetime) -> datetime:
    """The moment it reached the practice, when that can be. Raises Invalid for one still to come."""
    if moment > at + CLOCK_TOLERANCE:
        raise Invalid("A referral cannot have come in the future.", field="received_at")
    return moment


def _receive(referral: Referral, *, by: Actor, at: datetime) -> None:
    practice = db.session.get_one(Practice, referral.practice_id)
    referral.week_ends_at = week_end(referral.received_at, practice)
    db.session.add(referral)
    db.session.flush()
    moment = referral.received_at
    reach(referral, MilestoneKind.RECEIVED, by=by, at=at, happened_at=moment)
    record(referral, "referral.received", by=by, at=at)


def connect(
    task: Task,
    *,
    evidence: Evidence,
    by: Actor,
    at: datetime,
    from_shared_phone: bool = False,
) -> None:
    """Patient and team are in touch: the ladder ends, and telling the PCP is the next step, unless they know.

    Connecting twice keeps the first moment. Raises TaskClosed.
    """
    task.check_open()
    ladder.stop(task, by=by, at=at)
    task.connected_at = task.connected_at or at
    if not is_onward(task):
        task.need(Needs.UPDATE_PCP, at=at)
    referral = find_of(task)
    if referral is not None and referral.connected_at is None:
        referral.connected_at = at
        reach(referral, MilestoneKind.CONTACTED, by=by, at=at, evidence=evidence)
        if referral.is_open:
            begin_work(referral, by=by, at=at)
    record(referral or task, "referral.connected", by=by, at=at, task_id=str(task.id),
           evidence=evidence.value, from_shared_phone=from_shared_phone)  # fmt: skip
    if referral is not None:
        advance(referral, at=at)


def disconnect(task: Task, *, by: Actor, at: datetime) -> None:
    """Undo a connection recorded by mistake: the navigator calls. Raises Conflict when there is none."""
    task.check_open()
    if task.connected_at is None:
        raise Conflict("This referral is not marked as connected.")
    task.connected_at = None
    task.need(Needs.CALL, at=at)
    referral = find_of(task)
    if referral is not None:
        referral.connected_at = None
        take_back(referral, [MilestoneKind.CONTACTED], by=by, at=at)
    record(referral or task, "referral.disconnected", by=by, at=at, task_id=str(task.id))
    if referral is not None:
        advance(referral, at=at)


def find_of(task: Task) -> Referral | None:
    """The referral a follow-up is about."""
    if task.referral_id is None:
        return None
    return db.session.scalars(
        select(Referral).where(
            Referral.practice_id == task.practice_id, Referral.id == task.referral_id
        )
    ).one_or_none()


def _by_source(practice_id: UUID, source_id: str) -> Referral | None:
    return db.session.scalars(
        select(Referral).where(Referral.practice_id == practice_id, Referral.source_id == source_id)
    ).one_or_none()
