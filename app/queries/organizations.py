"""The directory of community organizations as staff look through it: by need, by language, by name."""

from datetime import date

from sqlalchemy import func

from app.access import visible_organizations
from app.core.db import db
from app.models.community_organization import Capacity, CommunityOrganization
from app.models.viewer import Viewer

#: A directory people look through; a longer one is narrowed by need and language.
MOST = 500
_ROOM = {Capacity.OPEN: 0, Capacity.LIMITED: 1, Capacity.FULL: 2}


def directory(
    viewer: Viewer,
    *,
    need: str | None = None,
    language: str | None = None,
    retired: bool = False,
    on: date | None = None,
) -> list[CommunityOrganization]:
    """Those in use (or the retired ones), the ones with room first (full `on` a day: last)."""
    when = CommunityOrganization.retired_at
    rows = (
        visible_organizations(viewer)
        .where(
            CommunityOrganization.merged_into_id.is_(None),
            when.is_not(None) if retired else when.is_(None),
        )
        .order_by(func.lower(CommunityOrganization.name), CommunityOrganization.id)
        .limit(MOST)
    )
    found = [each for each in db.session.scalars(rows) if each.helps_with(need, language)]
    return sorted(found, key=lambda each: _full(each, on))


def _full(one: CommunityOrganization, on: date | None) -> int:
    return _ROOM[Capacity.FULL if on is not None and one.full_on == on else one.capacity]
