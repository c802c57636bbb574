"""The history of an organization's answers: counted across the practice from five on, of nobody else's."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from app.actions import organization_answers, organization_asks, sharing
from app.core.db import transaction
from app.models.community_organization import CommunityOrganization, Need
from app.models.consent import ConsentHow
from app.models.event import SYSTEM, Actor
from app.models.organization_ask import OrganizationAsk
from app.models.user import User
from app.queries.fit_histories import fit_histories
from app.queries.surroundings import current_memberships
from tests.actions.test_letters import receive
from tests.web.partner.asks import pantry
from tests.world import World


def answered(
    world: World, clock: Any, one: CommunityOrganization, no_fit: str | None
) -> OrganizationAsk:
    """Asked now and answered two days later."""
    referral = receive(world, clock)
    with transaction():
        yes = sharing.agree(referral.patient, ConsentHow.DESK, "Yes", "en", by=SYSTEM, at=clock.now)
        ask = organization_asks.create(referral, one, Need.FOOD, yes, by=SYSTEM, at=clock.now)
        at, by = clock.advance(days=2), Actor("partner")
        if no_fit:
            organization_answers.refuse(ask, no_fit, "", by=by, at=at)
        else:
            organization_answers.accept(ask, by=by, at=at)
    return ask


def test_it_counts_from_the_fifth_answer_on(world: World, clock: Any) -> None:
    one = pantry(world, clock)
    for no_fit in (None, None, "no_capacity", "no_capacity"):
        answered(world, clock, one, no_fit)
    group = world.viewer(world.ana)
    assert fit_histories(group, Need.FOOD, at=clock.now)[one.id].of_all is None
    answered(world, clock, one, "not_eligible")
    found = fit_histories(group, Need.FOOD, at=clock.now)[one.id]
    assert found.of_all is not None
    assert (found.of_all.fit, found.of_all.no_fit, found.of_all.days) == (2, 3, 2.0)
    assert found.of_all.reasons == (("no_capacity", None), ("not_eligible", None))
    assert found.of_subgroup is None
    assert fit_histories(group, Need.HOUSING, at=clock.now) == {}


def test_it_tells_people_alike_apart_and_never_another_practice(world: World, clock: Any) -> None:
    one = pantry(world, clock)
    for _ in range(5):
        answered(world, clock, one, None)
    (membership,) = current_memberships(world.practice.id, [world.sam.id]).values()
    group = membership.subgroup_id
    found = fit_histories(world.system, Need.FOOD, at=clock.now, subgroup_id=group)[one.id]
    assert found.of_subgroup is not None
    assert found.of_subgroup.answered == 5
    assert fit_histories(world.viewer(world.cara), Need.FOOD, at=clock.now) == {}


def test_it_shows_where_somebody_chooses(
    sign_in: Callable[[User], FlaskClient], world: World, clock: Any
) -> None:
    one = pantry(world, clock)
    ana = sign_in(world.ana)
    page = f"/referrals/{receive(world, clock).id}/asks/new?need=food"
    assert "What it answered before: too few to tell." in ana.get(page).text
    for _ in range(5):
        answered(world, clock, one, "no_capacity")
    text = " ".join(sign_in(world.ana).get(page).text.split())
    assert "Everybody: a fit 0 of 5 (not: no room now 5), first answer after 2.0 days" in text
    assert "Chronic conditions: a fit 0 of 5" in text
