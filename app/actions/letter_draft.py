"""From a referral's record to the facts of the letter's draft; the sentences are `messaging.pcp_update`'s."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.core.db import db
from app.models.practice import Practice
from app.models.referral import Referral
from app.models.referral_milestone import ReferralMilestone
from app.models.task import Task
from app.models.touchpoint import Touchpoint, TouchpointTask
from messaging.pcp_update import Facts, Known, draft


def draft_for(referral: Referral, milestones: Mapping[str, ReferralMilestone]) -> str:
    """The first draft, from what is on record now."""
    practice = db.session.get_one(Practice, referral.practice_id)
    zone = ZoneInfo(practice.time_zone)

    def known(kind: str) -> Known | None:
        found = milestones.get(kind)
        if found is None:
            return None
        grade = found.evidence.value if found.evidence else None
        return Known(_day(found.happened_at, zone), found.note or "", grade)

    return draft(
        Facts(
            practice=practice.name,
            patient=referral.patient.name,
            born=referral.patient.birth_date,
            received=_day(referral.received_at, zone),
            reason=referral.reason,
            status=referral.status.value,
            status_reason=referral.status_reason or "",
            to=referral.referred_by or "",
            contacted=known("contacted"),
            attempts=_attempts(referral),
            scheduled=known("scheduled"),
            kept=known("kept"),
            outcome=known("outcome"),
            report=known("report_received"),
        )
    )


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _attempts(referral: Referral) -> int:
    """Texts and calls to the patient for this referral's follow-ups, reached or not."""
    count = (
        select(func.count(Touchpoint.id.distinct()))
        .join(
            TouchpointTask,
            (TouchpointTask.practice_id == Touchpoint.practice_id)
            & (TouchpointTask.touchpoint_id == Touchpoint.id),
        )
        .join(
            Task,
            (Task.practice_id == TouchpointTask.practice_id) & (Task.id == TouchpointTask.task_id),
        )
        .where(
            Touchpoint.practice_id == referral.practice_id,
            Task.referral_id == referral.id,
            Touchpoint.direction == "outbound",
            Touchpoint.contact_party == "patient",
        )
    )
    return db.session.scalar(count) or 0
