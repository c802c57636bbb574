"""Referrals as another system keeps them: received under its own id, corrected, taken back by the sender."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actions import known_offices, referral_steps, referrals, referrers, sent_tasks, task_moves
from app.actions.referral_milestones import reach, take_back
from app.core.db import db
from app.core.errors import Invalid
from app.models.event import Actor, record
from app.models.practice import Practice
from app.models.referral import Referral, Referrer
from app.models.referral_clock import week_end
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.sent_work import Effect, Outcome, SentWork, SourceStatus, Touched
from app.models.task import Task, TaskType

CANCELLED = "Whoever sent it took it back."


def take_in(sent: SentWork, known: Referral | None, *, by: Actor, at: datetime) -> Outcome:
    """Make it or bring it to what was sent. Raises Invalid without a reason, OfAnotherPatient."""
    return _add(sent, by=by, at=at) if known is None else _change(sent, known, by=by, at=at)


def _add(sent: SentWork, *, by: Actor, at: datetime) -> Outcome:
    if not (sent.reason or "").strip():
        raise Invalid("Write what they are referred for.", field="reason")
    row = referrals.create(
        sent.patient, reason=sent.reason or "", by=by, at=at, received_at=sent.received_at,
        referrer=_office(sent, by=by, at=at), referred_by=sent.referred_by,
        source_id=sent.source_id, owner_id=sent.owner_id, ask_first=sent.ask_first,
        not_before=sent.not_before,
    )  # fmt: skip
    task = follow_up_of(row)
    if sent.status is SourceStatus.CANCELLED:
        referral_steps.end(row, ReferralStatus.CANCELLED, CANCELLED, by=by, at=at)
    return Outcome(Effect.CREATED, row, task, [Touched(row), *([Touched(task)] if task else [])])


def _change(sent: SentWork, row: Referral, *, by: Actor, at: datetime) -> Outcome:
    sent.check_same(row.patient_id)
    task, before = follow_up_of(row), _said(row)
    office = _office(sent, by=by, at=at)
    row.reason = (sent.reason or "").strip() or row.reason
    row.referred_by = sent.referred_by or row.referred_by
    row.referrer_id = office.id if office else row.referrer_id
    if sent.received_at is not None and sent.received_at != row.received_at:
        came(row, sent.received_at, by=by, at=at)
    if sent.status is SourceStatus.CANCELLED and row.is_open:
        referral_steps.end(row, ReferralStatus.CANCELLED, CANCELLED, by=by, at=at)
    after = _said(row)
    if after == before:
        return Outcome(Effect.UNCHANGED, row, task)
    fields = [name for name in after if after[name] != before[name]]
    record(row, "referral.changed", by=by, at=at, fields=fields)
    touched = [Touched(row, before)]
    if task is not None and task.is_open and row.is_open:
        touched.append(Touched(task, sent_tasks.said_of(task)))
        about = {"referrer": office.name} if office else {}
        task_moves.change(task, about, received_at=row.received_at,
                          not_before=sent.not_before, by=by, at=at)  # fmt: skip
    return Outcome(Effect.UPDATED, row, task, touched)


def came(row: Referral, moment: datetime, *, by: Actor, at: datetime) -> None:
    """It reached the practice at another moment than was said: both clocks run from there."""
    row.received_at = referrals.check_came(moment, at=at)
    row.week_ends_at = week_end(row.received_at, db.session.get_one(Practice, row.practice_id))
    if row.week_ends_at > at:
        row.pcp_overdue_since = None
    take_back(row, [MilestoneKind.RECEIVED], by=by, at=at)
    reach(row, MilestoneKind.RECEIVED, by=by, at=at, happened_at=row.received_at)


def follow_up_of(row: Referral) -> Task | None:
    return db.session.scalars(
        select(Task)
        .where(
            Task.practice_id == row.practice_id, Task.referral_id == row.id,
            Task.type == TaskType.REFERRAL_FOLLOW_UP,
        )
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(1)
    ).first()  # fmt: skip


def _office(sent: SentWork, *, by: Actor, at: datetime) -> Referrer | None:
    """The one that is meant; one nobody knows is made, if it has a name."""
    one, practice_id = sent.referrer, sent.patient.practice_id
    if one is None:
        return None
    if one.name is None:
        return known_offices.find(practice_id, None, ids=one.ids, fax=one.fax, phone=one.phone)
    found = referrers.find_or_add(
        practice_id, one.name, email=one.email, fax=one.fax, phone=one.phone, ids=one.ids,
        by=by, at=at,
    )  # fmt: skip
    db.session.flush()
    return found


def _said(row: Referral) -> dict[str, Any]:
    return {"reason": row.reason, "referred_by": row.referred_by,
            "referrer_id": str(row.referrer_id) if row.referrer_id else None,
            "received_at": row.received_at.isoformat(), "status": row.status.value}  # fmt: skip
