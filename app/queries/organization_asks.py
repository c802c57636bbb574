"""Which organizations were asked on a referral, and the one a link was made for."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, select
from sqlalchemy.orm import joinedload

from app.access import visible_referrals
from app.core.db import db
from app.core.errors import NotFound
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.referral import Referral
from app.models.viewer import Viewer


def visible_asks(viewer: Viewer) -> Select[OrganizationAsk]:
    """Those on referrals staff may see; through a link the one it was made for, or
    those of its organization."""
    mine = OrganizationAsk.practice_id == viewer.practice_id
    own: ColumnElement[bool]
    if viewer.kind == "partner":
        if viewer.link_scope is LinkScope.ASK:
            own = OrganizationAsk.id == viewer.subject_id
        elif viewer.link_scope is LinkScope.DAY_LIST:
            own = OrganizationAsk.organization_id == viewer.subject_id
        else:
            own = false()
        return select(OrganizationAsk).where(mine, own)
    seen = visible_referrals(viewer).with_only_columns(Referral.id)
    return select(OrganizationAsk).where(mine, OrganizationAsk.referral_id.in_(seen))


def ask_for(viewer: Viewer, ask_id: UUID) -> OrganizationAsk:
    """Raises NotFound for one the viewer may not see."""
    found = db.session.scalars(
        visible_asks(viewer).where(OrganizationAsk.id == ask_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def asks_of(viewer: Viewer, referral: Referral) -> list[OrganizationAsk]:
    """Newest first."""
    rows = (
        visible_asks(viewer)
        .where(OrganizationAsk.referral_id == referral.id)
        .options(joinedload(OrganizationAsk.organization))
        .order_by(OrganizationAsk.asked_at.desc(), OrganizationAsk.id.desc())
    )
    return list(db.session.scalars(rows))
