"""Merging records of offices and organizations is for leads and admins; another practice's do not exist."""

from uuid import UUID

from sqlalchemy import select

from app.actions import partner_merges, referrers
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.partner_merge import PartnerMerge
from app.models.referral import Referrer
from tests.web.outsider_cases import roles
from tests.web.outsiders.offices import make_office
from tests.world import World


def make_other_office(world: World) -> UUID:
    with transaction():
        return referrers.find_or_add(
            world.practice.id, "Hill Clinic", by=world.system.actor, at=db_now()
        ).id


def make_merge(world: World) -> UUID:
    """One, however often it is asked for."""
    known = db.session.scalars(select(PartnerMerge)).one_or_none()
    if known is not None:
        return known.id
    ids = make_office(world), make_other_office(world)
    with transaction():
        one, other = (db.session.get_one(Referrer, (world.practice.id, each)) for each in ids)
        return partner_merges.merge(one, other, by=world.system.actor, at=db_now()).id


def make_survivor(world: World) -> UUID:
    merge_id = make_merge(world)
    return db.session.get_one(PartnerMerge, (world.practice.id, merge_id)).survivor_id


RECORDS = {"other_office": make_other_office, "office_merge": make_merge,
           "merged_office": make_survivor}  # fmt: skip
PAIR = {"kind": "office", "one_id": "referring_office", "other_id": "other_office"}
CASES = {
    "partner_merges.index": roles("lea", "adam", kind="office"),
    "partner_merges.create_not_same": roles("lea", **PAIR),
    "partner_merges.delete_not_same": roles("lea", **PAIR),
    "partner_merges.new": roles("lea", kind="office", one_id="referring_office"),
    "partner_merges.create": roles(
        "lea", kind="office", one_id="referring_office", data={"other": "@other_office"}
    ),
    "partner_merges.delete": roles(
        "lea", kind="office", one_id="merged_office", merge_id="office_merge"
    ),
}
