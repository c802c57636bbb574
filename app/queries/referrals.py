"""Referrals with the week's clock: how long until the referring office must have heard, and how far the
loop has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import joinedload

from app.access import referral_for, seen, visible_referrals, visible_tasks
from app.core.db import db
from app.models.patient import Patient
from app.models.referral import Referral, ReferralUpdate, Referrer
from app.models.referral_milestone import ReferralMilestone
from app.models.referral_state import OPEN, ReferralStatus
from app.models.task import Task, TaskType
from app.models.viewer import Viewer
from app.queries.timeline import staff_names

PAGE = 50
MOST_PAGES = 10
VIEWS = {"open": "To be told", "told": "Told", "closed": "Over", "all": "All"}
#: Reached from the bell: whose office waits for an answer.
ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Line:
    """A referral, whose it is, and the follow-up that carries its deadline."""

    referral: Referral
    patient: Patient
    task: Task | None


@dataclass(frozen=True, slots=True)
class Page:
    lines: list[Line]
    counts: Mapping[str, int]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ReferralPage:
    line: Line
    updates: list[ReferralUpdate]
    milestones: Mapping[str, ReferralMilestone]
    names: Mapping[UUID, str]


def referrals(viewer: Viewer, view: str, *, pages: int = 1) -> Page:
    """One view, the oldest open ones first; those told lately first."""
    size = PAGE * min(max(pages, 1), MOST_PAGES)
    statement = (
        visible_referrals(viewer)
        .where(_in_view(view))
        .options(joinedload(Referral.patient), joinedload(Referral.referrer))
    )
    order = (
        (Referral.received_at, Referral.id)
        if view == "open"
        else (Referral.received_at.desc(), Referral.id.desc())
    )
    rows = list(db.session.scalars(statement.order_by(*order).limit(size + 1)))
    shown = rows[:size]
    seen(viewer, [row.patient_id for row in shown], through="referrals")
    tasks = _follow_ups(viewer, [row.id for row in shown])
    lines = [Line(row, row.patient, tasks.get(row.id)) for row in shown]
    return Page(lines, _counts(viewer), len(rows) > size)


def referral_page(viewer: Viewer, referral_id: UUID) -> ReferralPage:
    """Raises NotFound for a referral the viewer may not see."""
    referral = referral_for(viewer, referral_id)
    seen(viewer, [referral.patient_id], through="referral")
    updates = (
        select(ReferralUpdate)
        .where(
            ReferralUpdate.practice_id == viewer.practice_id,
            ReferralUpdate.referral_id == referral.id,
        )
        .order_by(ReferralUpdate.told_at, ReferralUpdate.id)
    )
    task = _follow_ups(viewer, [referral.id]).get(referral.id)
    line = Line(referral, referral.patient, task)
    return ReferralPage(
        line, list(db.session.scalars(updates)), _milestones(referral), staff_names(viewer)
    )


def _milestones(referral: Referral) -> dict[str, ReferralMilestone]:
    """Those that stand, by kind."""
    rows = select(ReferralMilestone).where(
        ReferralMilestone.practice_id == referral.practice_id,
        ReferralMilestone.referral_id == referral.id,
        ReferralMilestone.taken_back_at.is_(None),
    )
    return {row.kind.value: row for row in db.session.scalars(rows)}


def offices(viewer: Viewer) -> list[Referrer]:
    """Offices that referred somebody before, by name."""
    rows = select(Referrer).where(
        Referrer.practice_id == viewer.practice_id, Referrer.merged_into_id.is_(None)
    )
    return list(db.session.scalars(rows.order_by(Referrer.name).limit(500)))


def _in_view(view: str) -> ColumnElement[bool]:
    told = Referral.pcp_told_at.is_not(None)
    if view == ASKED:
        return Referral.office_asked_at.is_not(None)
    if view == "open":
        return and_(~told, Referral.status != ReferralStatus.ENTERED_IN_ERROR)
    if view == "told":
        return and_(told, Referral.status.in_(OPEN))
    if view == "closed":
        over = and_(told, Referral.status.not_in(OPEN))
        return or_(over, Referral.status == ReferralStatus.ENTERED_IN_ERROR)
    return true()


def _counts(viewer: Viewer) -> dict[str, int]:
    statement = visible_referrals(viewer).with_only_columns(func.count().filter(_in_view("open")))
    return {"open": db.session.scalar(statement) or 0}


def _follow_ups(viewer: Viewer, referral_ids: list[UUID]) -> dict[UUID, Task]:
    """The newest follow-up task of each referral."""
    rows = (
        visible_tasks(viewer)
        .where(Task.referral_id.in_(referral_ids), Task.type == TaskType.REFERRAL_FOLLOW_UP)
        .options(joinedload(Task.owner))
        .order_by(Task.created_at, Task.id)
    )
    return {task.referral_id: task for task in db.session.scalars(rows) if task.referral_id}
