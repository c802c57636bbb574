"""The day's list of a community organization: its standing link, and its word that it is full today."""

from datetime import date, datetime

from app.actions import partner_links
from app.core.errors import Conflict
from app.models.community_organization import CommunityOrganization
from app.models.event import Actor, record
from app.models.partner_link import LinkScope


def make_link(one: CommunityOrganization, *, by: Actor, at: datetime) -> str:
    """A fresh standing link, shown once; the one of before ends. Raises Conflict for a retired one."""
    if one.retired_at is not None:
        raise Conflict("This organization is not asked any more.")
    end_links(one, by=by, at=at)
    _, address = partner_links.make(one.practice_id, LinkScope.DAY_LIST, one.id, by=by, at=at)
    return address


def end_links(one: CommunityOrganization, *, by: Actor, at: datetime) -> int:
    return partner_links.revoke_all(one.practice_id, LinkScope.DAY_LIST, one.id, by=by, at=at)


def say_full(one: CommunityOrganization, day: date, *, by: Actor, at: datetime) -> None:
    """No more people on this day; tomorrow it counts no more."""
    if one.full_on != day:
        one.full_on = day
        record(one, "organization.full_today", by=by, at=at, day=day.isoformat())


def say_room(one: CommunityOrganization, *, by: Actor, at: datetime) -> None:
    """Takes that back."""
    if one.full_on is not None:
        one.full_on = None
        record(one, "organization.room_again", by=by, at=at)
