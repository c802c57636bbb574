"""The referral loop: received, connected with the patient, the referring PCP told. Only a recorded update
to the PCP completes the follow-up; connecting opens that step."""

from datetime import datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import select

from app.actions import ladder, tasks, touchpoints
from app.actions.touchpoint_contact import Contact
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.referral import Referral, ReferralStatus, ReferralUpdate, Referrer
from app.models.task import OPEN_STATUSES, Evidence, Needs, Task, TaskType
from app.models.touchpoint import ActorKind, MinutesSource
from app.models.viewer import Viewer

#: How an office may be told, and whether that leaves something written.
WAYS = {
    "phone": Evidence.STAFF_ATTESTED,
    "in_person": Evidence.STAFF_ATTESTED,
    "fax": Evidence.DOCUMENT,
    "email": Evidence.DOCUMENT,
    "letter": Evidence.DOCUMENT,
}
_CLOCK_TOLERANCE = timedelta(minutes=5)


class ReferralDetails(TypedDict, total=False):
    """`received_at` is when it reached the practice: the week runs from there (default: now)."""

    received_at: datetime | None
    referrer: Referrer | None
    referred_by: str | None
    source_id: str | None
    owner_id: UUID | None
    ask_first: bool


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
    received_at = details.get("received_at") or at
    if received_at > at + _CLOCK_TOLERANCE:
        raise Invalid("A referral cannot have come in the future.", field="received_at")
    referrer = details.get("referrer")
    referral = Referral(
        practice_id=patient.practice_id,
        patient_id=patient.id,
        referrer_id=referrer.id if referrer else None,
        referred_by=details.get("referred_by"),
        reason=reason.strip(),
        status=ReferralStatus.RECEIVED,
        received_at=received_at,
        source_id=source_id,
        created_at=at,
    )
    db.session.add(referral)
    db.session.flush()
    record(referral, "referral.received", by=by, at=at)
    tasks.create(
        patient,
        TaskType.REFERRAL_FOLLOW_UP,
        by=by,
        at=at,
        referral=referral,
        owner_id=details.get("owner_id"),
        ask_first=details.get("ask_first", True),
        about={"referrer": referrer.name} if referrer else None,
    )
    return referral


def connect(
    task: Task,
    *,
    evidence: Evidence,
    by: Actor,
    at: datetime,
    from_shared_phone: bool = False,
) -> None:
    """Patient and team are in touch: the ladder ends, and telling the PCP is the next step.

    Connecting twice keeps the first moment. Raises TaskClosed.
    """
    task.check_open()
    ladder.stop(task, by=by, at=at)
    task.connected_at = task.connected_at or at
    task.need(Needs.UPDATE_PCP, at=at)
    referral = find_of(task)
    if referral is not None and referral.connected_at is None:
        referral.connected_at, referral.status = at, ReferralStatus.CONNECTED
    record(referral or task, "referral.connected", by=by, at=at, task_id=str(task.id),
           evidence=evidence.value, from_shared_phone=from_shared_phone)  # fmt: skip


def disconnect(task: Task, *, by: Actor, at: datetime) -> None:
    """Undo a connection recorded by mistake: the navigator calls. Raises Conflict when there is none."""
    task.check_open()
    if task.connected_at is None:
        raise Conflict("This referral is not marked as connected.")
    task.connected_at = None
    task.need(Needs.CALL, at=at)
    referral = find_of(task)
    if referral is not None:
        referral.connected_at, referral.status = None, ReferralStatus.RECEIVED
    record(referral or task, "referral.disconnected", by=by, at=at, task_id=str(task.id))


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
    """The referring office was told: writes the update, its touchpoint, and completes the follow-up.

    In time or late is judged by when the office was told, not by when it was written down. Raises
    Invalid for an unknown way, an empty update or an impossible time.
    """
    _check_update(referral, how, told_to, body, told_at, at)
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
        referral.pcp_told_at = told_at
    referral.status = ReferralStatus.PCP_TOLD
    task = _open_follow_up(referral)
    record(referral, "referral.pcp_told", by=by.actor, at=at, how=how,
           update_id=str(update.id), task_id=str(task.id) if task else None)  # fmt: skip
    _write_touchpoint(referral, update, task, by=by, at=at, seconds=seconds)
    if task is not None:
        tasks.complete(
            task, outcome="pcp_told", evidence=WAYS[how], by=by.actor, at=at, done_at=told_at
        )
    return update


def find_of(task: Task) -> Referral | None:
    """The referral a follow-up is about."""
    if task.referral_id is None:
        return None
    return db.session.scalars(
        select(Referral).where(
            Referral.practice_id == task.practice_id, Referral.id == task.referral_id
        )
    ).one_or_none()


def _check_update(
    referral: Referral, how: str, told_to: str, body: str, told_at: datetime, at: datetime
) -> None:
    if how not in WAYS:
        raise Invalid(f"Choose how they were told: {', '.join(WAYS)}.", field="how")
    if not told_to.strip():
        raise Invalid("Write who at the office took it.", field="told_to")
    if not body.strip():
        raise Invalid("Write what they were told.", field="body")
    if told_at > at + _CLOCK_TOLERANCE:
        raise Invalid("The update lies in the future.", field="told_at")
    if told_at < referral.received_at - _CLOCK_TOLERANCE:
        raise Invalid("The update is older than the referral.", field="told_at")


def _by_source(practice_id: UUID, source_id: str) -> Referral | None:
    return db.session.scalars(
        select(Referral).where(Referral.practice_id == practice_id, Referral.source_id == source_id)
    ).one_or_none()


def _open_follow_up(referral: Referral) -> Task | None:
    return db.session.scalars(
        select(Task)
        .where(
            Task.practice_id == referral.practice_id,
            Task.referral_id == referral.id,
            Task.type == TaskType.REFERRAL_FOLLOW_UP,
            Task.status.in_(OPEN_STATUSES),
        )
        .order_by(Task.created_at, Task.id)
        .limit(1)
    ).first()


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
