"""Records that may be of one office or one community organization, without those somebody told apart, and the
merges that hold. A constant number of statements, whatever the number of records."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.access import organization_for, visible_organizations
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.ids import parse_id
from app.models.community_organization import CommunityOrganization
from app.models.contact_point import PhoneNumber
from app.models.partner_merge import Partner, PartnerKind, PartnerMerge, PartnerNotSame
from app.models.referral import Referrer
from app.models.viewer import Viewer
from app.queries.offices import office_for
from app.value.partner_likeness import Known, likely_pairs

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two records, the older one first, and why they may be one."""

    first: Partner
    second: Partner
    reasons: tuple[str, ...]


def duplicates(viewer: Viewer, kind: PartnerKind) -> tuple[list[Duplicate], int]:
    """The likeliest first, and how many more follow."""
    apart = _told_apart(viewer)
    partners = {each.id: each for each in standing(viewer, kind)}
    numbers = _numbers(viewer, kind)
    known = [_known(each, numbers.get(each.id, set())) for each in partners.values()]
    found = [
        pair for pair in likely_pairs(known) if frozenset((pair.first, pair.second)) not in apart
    ]
    shown = [
        Duplicate(partners[pair.first], partners[pair.second], pair.reasons)
        for pair in found[:SHOWN]
    ]
    return shown, len(found) - len(shown)


def standing(viewer: Viewer, kind: PartnerKind, *, name: str = "") -> list[Partner]:
    """Records that were not merged, the oldest first; those with this in their name."""
    model = _MODELS[kind]
    rows = select(model).where(
        model.practice_id == viewer.practice_id, model.merged_into_id.is_(None)
    )
    if kind is PartnerKind.ORGANIZATION:
        rows = visible_organizations(viewer).where(CommunityOrganization.merged_into_id.is_(None))
    if name:
        rows = rows.where(model.name.icontains(name, autoescape=True))
    return list(db.session.scalars(rows.order_by(model.created_at, model.id).limit(2000)))


def partner_for(viewer: Viewer, kind: PartnerKind, partner_id: UUID | str) -> Partner:
    """The record itself. Raises NotFound, and Conflict for one that stands for another by now."""
    wanted = partner_id if isinstance(partner_id, UUID) else parse_id(partner_id)
    if wanted is None:
        raise NotFound
    find = office_for if kind is PartnerKind.OFFICE else organization_for
    found: Partner = find(viewer, wanted)
    if found.id != wanted:
        raise Conflict("This record is merged already. Reload the page.")
    return found


def merged_records(viewer: Viewer, survivor: Partner) -> list[tuple[PartnerMerge, str]]:
    """The merges into this record that hold, newest first, with the name of the record each brought."""
    model = type(survivor)
    rows = (
        select(PartnerMerge, model.name)
        .join(
            model,
            (model.practice_id == PartnerMerge.practice_id) & (model.id == PartnerMerge.merged_id),
        )
        .where(
            PartnerMerge.practice_id == viewer.practice_id,
            PartnerMerge.survivor_id == survivor.id,
            PartnerMerge.undone_at.is_(None),
        )
        .order_by(PartnerMerge.merged_at.desc(), PartnerMerge.id)
    )
    return [(merge, name) for merge, name in db.session.execute(rows)]


def merge_for(viewer: Viewer, survivor_id: UUID, merge_id: UUID) -> PartnerMerge:
    found = db.session.get(PartnerMerge, (viewer.practice_id, merge_id))
    if found is None or found.survivor_id != survivor_id:
        raise NotFound
    return found


_MODELS: dict[PartnerKind, type[Referrer] | type[CommunityOrganization]] = {
    PartnerKind.OFFICE: Referrer,
    PartnerKind.ORGANIZATION: CommunityOrganization,
}


def _known(partner: Partner, numbers: set[str]) -> Known[UUID]:
    own = {partner.phone, getattr(partner, "fax", None), getattr(partner, "mobile", None)}
    return Known(
        partner.id, partner.name, partner.email or "",
        frozenset(numbers | {each for each in own if each}),
        frozenset(getattr(partner, "clinicians", ())),
    )  # fmt: skip


def _numbers(viewer: Viewer, kind: PartnerKind) -> dict[UUID, set[str]]:
    is_office = kind is PartnerKind.OFFICE
    column = PhoneNumber.referrer_id if is_office else PhoneNumber.organization_id
    rows = select(column, PhoneNumber.e164).where(
        PhoneNumber.practice_id == viewer.practice_id, column.is_not(None)
    )
    found: dict[UUID, set[str]] = {}
    for partner_id, e164 in db.session.execute(rows):
        if partner_id is not None:
            found.setdefault(partner_id, set()).add(e164)
    return found


def _told_apart(viewer: Viewer) -> set[frozenset[UUID]]:
    rows = select(PartnerNotSame.first_id, PartnerNotSame.second_id).where(
        PartnerNotSame.practice_id == viewer.practice_id
    )
    return {frozenset(row) for row in db.session.execute(rows)}
