"""Community organizations in tests: one in the directory, asked on a referral by Ana."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import organizations
from app.core.db import db, transaction
from app.models.community_organization import CommunityOrganization
from app.models.event import SYSTEM
from app.models.organization_ask import OrganizationAsk
from app.models.referral import Referral
from tests.world import World, look_again

YES = {"need": "food", "agreed": "yes", "how": "phone"}


def pantry(world: World, clock: Any, name: str = "Harbor Pantry") -> CommunityOrganization:
    entry = organizations.Entry(name=name, needs=["food"], email="boxes@pantry.example.org")
    with transaction():
        return organizations.add(world.practice.id, entry, by=SYSTEM, at=clock.now)


def post_ask(ana: FlaskClient, referral: Referral, one: CommunityOrganization, **form: str) -> Any:
    data = YES | {"organization": str(one.id)} | form
    return ana.post(f"/referrals/{referral.id}/asks", data=data)


def the_ask() -> OrganizationAsk:
    look_again()
    return db.session.scalars(select(OrganizationAsk)).one()
