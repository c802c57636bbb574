"""Links for people without an account: what they open, how long, and that only their digest is kept."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app import access
from app.actions import partner_links, referrals, referrers
from app.core.crypto import digest
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.models.event import SYSTEM, Event
from app.models.partner_link import LIFETIMES, LinkScope, PartnerLink
from app.models.patient import Patient
from app.models.referral import Referral
from app.models.secret import SecretDirectory
from app.models.viewer import partner_viewer
from tests.conftest import Clock
from tests.world import World


def refer(world: World, clock: Clock, patient: Patient, office: str) -> Referral:
    with transaction():
        found = referrers.find_or_add(world.practice.id, office, by=SYSTEM, at=clock.now)
        return referrals.create(
            patient, reason="Falls at home", by=SYSTEM, at=clock.now, referrer=found
        )


def make(
    world: World, clock: Clock, scope: LinkScope, subject_id: UUID | None
) -> tuple[PartnerLink, str]:
    with transaction():
        link, address = partner_links.make(
            world.practice.id, scope, subject_id or world.practice.id, by=SYSTEM, at=clock.now
        )
    return link, address.rpartition("/")[2]


def visible(link: PartnerLink) -> set[UUID]:
    return {row.id for row in db.session.scalars(access.visible_referrals(partner_viewer(link)))}


def test_it_keeps_the_digest_and_not_the_secret(world: World, clock: Clock) -> None:
    link, token = make(world, clock, LinkScope.INTAKE, None)
    assert len(token) >= 22  # 128 bits
    kept = db.session.get_one(SecretDirectory, digest(token))
    assert (kept.row_id, kept.practice_id) == (link.id, world.practice.id)
    facts = [event.facts for event in db.session.scalars(select(Event))]
    assert token not in repr(facts)
    found = partner_links.find(token)
    assert found is not None
    assert found.id == link.id
    assert partner_links.find(token[:-1] + "x") is None


@pytest.mark.parametrize("scope", list(LinkScope))
def test_it_lives_its_time_and_not_a_moment_longer(
    world: World, clock: Clock, scope: LinkScope
) -> None:
    link, _ = make(world, clock, scope, None)
    end = clock.now + LIFETIMES[scope]
    assert link.is_live(at=end - timedelta(seconds=1))
    assert not link.is_live(at=end)
    partner_links.extend(link, by=SYSTEM, at=end)
    assert link.is_live(at=end)


def test_it_ends_when_revoked_and_stays_ended(world: World, clock: Clock) -> None:
    link, _ = make(world, clock, LinkScope.OFFICE, world.practice.id)
    other, _ = make(world, clock, LinkScope.OFFICE, world.other_practice.id)
    with transaction():
        ended = partner_links.revoke_all(
            world.practice.id, LinkScope.OFFICE, world.practice.id, by=SYSTEM, at=clock.now
        )
        partner_links.extend(link, by=SYSTEM, at=clock.now)
    assert ended == 1
    assert (link.is_live(at=clock.now), other.is_live(at=clock.now)) == (False, True)


def test_it_notes_the_first_and_the_last_opening(world: World, clock: Clock) -> None:
    link, _ = make(world, clock, LinkScope.REFERRAL, None)
    began = clock.now
    with transaction():
        assert partner_links.note_opened(link, at=began)
        assert not partner_links.note_opened(link, at=clock.advance(hours=1))
    assert (link.opened_at, link.last_opened_at) == (began, clock.now)
    kinds = [event.kind for event in db.session.scalars(select(Event))]
    assert kinds.count("partner_link.opened") == 1


def test_it_shows_one_referral_or_one_offices_or_none(world: World, clock: Clock) -> None:
    ours = refer(world, clock, world.sam, "Riverside")
    also = refer(world, clock, world.rosa, "Riverside")
    others = refer(world, clock, world.kim, "Hill Clinic")
    assert others.referrer_id != ours.referrer_id
    one, _ = make(world, clock, LinkScope.REFERRAL, ours.id)
    office, _ = make(world, clock, LinkScope.OFFICE, ours.referrer_id)
    assert visible(one) == {ours.id}
    assert visible(office) == {ours.id, also.id}
    for scope in (LinkScope.INTAKE, LinkScope.DAY_LIST):
        assert visible(make(world, clock, scope, ours.referrer_id)[0]) == set()


def test_it_shows_nothing_else_of_the_practice(world: World, clock: Clock) -> None:
    referral = refer(world, clock, world.sam, "Riverside")
    who = partner_viewer(make(world, clock, LinkScope.REFERRAL, referral.id)[0])
    for rows in (
        access.visible_patients, access.visible_tasks, access.visible_messages,
        access.visible_users, access.visible_teams, access.visible_touchpoints,
        access.visible_conversations, access.visible_partner_links, access.visible_events,
    ):  # fmt: skip
        assert db.session.scalars(rows(who)).all() == [], rows.__name__
    assert db.session.scalars(access.visible_tasks(world.system)).all() != []


def test_it_never_reaches_another_practice(world: World, clock: Clock) -> None:
    referral = refer(world, clock, world.sam, "Riverside")
    with transaction():
        foreign, _ = partner_links.make(
            world.other_practice.id, LinkScope.REFERRAL, referral.id, by=SYSTEM, at=clock.now
        )
    assert visible(foreign) == set()
    link, _ = make(world, clock, LinkScope.REFERRAL, referral.id)
    with pytest.raises(NotFound):
        access.partner_link_for(world.viewer(world.cara), link.id)
    assert access.partner_link_for(world.viewer(world.ana), link.id).id == link.id
