"""What organizations answered before about one need: of everybody, and of people in one subgroup. Counts of
the whole practice, so that a team learns from the others; never who it was."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, select

from app.core.db import db
from app.models.community_organization import Need
from app.models.coverage import SubgroupMembership
from app.models.organization_ask import OrganizationAsk
from app.models.viewer import Viewer
from app.value.fit_history import Answer, History, history

LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Histories:
    """None: too few answers to tell."""

    of_all: History | None = None
    of_subgroup: History | None = None


def fit_histories(
    viewer: Viewer, need: Need, *, at: datetime, subgroup_id: UUID | None = None
) -> dict[UUID, Histories]:
    """By organization, of the last year; one statement. Organizations nobody asked are left out."""
    member = and_(
        SubgroupMembership.practice_id == OrganizationAsk.practice_id,
        SubgroupMembership.patient_id == OrganizationAsk.patient_id,
        SubgroupMembership.to_on.is_(None),
    )
    rows = db.session.execute(
        select(
            OrganizationAsk.organization_id,
            OrganizationAsk.no_fit,
            OrganizationAsk.asked_at,
            OrganizationAsk.answered_at,
            SubgroupMembership.subgroup_id,
        )
        .outerjoin(SubgroupMembership, member)
        .where(
            OrganizationAsk.practice_id == viewer.practice_id,
            OrganizationAsk.need == need,
            OrganizationAsk.asked_at > at - LOOK_BACK,
            OrganizationAsk.answered_at.is_not(None),
        )
    )
    everybody: dict[UUID, list[Answer]] = defaultdict(list)
    alike: dict[UUID, list[Answer]] = defaultdict(list)
    for organization_id, no_fit, asked_at, answered_at, subgroup in rows:
        if answered_at is None:
            continue
        answer = Answer(no_fit.value if no_fit else None, answered_at - asked_at)
        everybody[organization_id].append(answer)
        if subgroup_id is not None and subgroup == subgroup_id:
            alike[organization_id].append(answer)
    return {
        each: Histories(history(answers), history(alike[each]))
        for each, answers in everybody.items()
    }
