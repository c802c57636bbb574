"""The day's list behind an organization's standing link: its own open asks, those with a day today first."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import contains_eager, joinedload

from app.access import seen
from app.core.db import db
from app.core.errors import NotFound
from app.models.community_organization import CommunityOrganization
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.referral import Referral
from app.models.referral_state import OPEN
from app.models.viewer import Viewer
from app.queries.organization_asks import visible_asks

MOST = 200


@dataclass(frozen=True, slots=True)
class DayList:
    today: list[OrganizationAsk]
    others: list[OrganizationAsk]


def organization_behind(viewer: Viewer) -> CommunityOrganization:
    """Whose standing link it is. Raises NotFound for any other link, and for a retired organization."""
    found = None
    if viewer.kind == "partner" and viewer.link_scope is LinkScope.DAY_LIST:
        found = db.session.get(CommunityOrganization, (viewer.practice_id, viewer.subject_id))
    if found is None or found.retired_at is not None:
        raise NotFound
    return found


def day_list(viewer: Viewer, day: date, zone: str) -> DayList:
    """A constant number of statements; an ask that was closed (a no to sharing closes it) is not on it."""
    rows = (
        visible_asks(viewer)
        .join(OrganizationAsk.referral)
        .where(OrganizationAsk.status.in_(OPEN), Referral.status.in_(OPEN))
        .options(contains_eager(OrganizationAsk.referral), joinedload(OrganizationAsk.patient))
        .order_by(OrganizationAsk.scheduled_for, OrganizationAsk.asked_at, OrganizationAsk.id)
        .limit(MOST)
    )
    found = list(db.session.scalars(rows))
    seen(viewer, [each.patient_id for each in found], through="partner")
    here = ZoneInfo(zone)
    today = [
        each
        for each in found
        if each.scheduled_for is not None and each.scheduled_for.astimezone(here).date() == day
    ]
    return DayList(today, [each for each in found if each not in today])
