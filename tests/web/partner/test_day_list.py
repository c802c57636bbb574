"""An organization's standing page: its own people by initials and code, and "full today", which staff see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.db import db, transaction
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.user import User
from tests.web.partner.asks import pantry
from tests.web.partner.conftest import LinkFor
from tests.world import World

ComeIn = Callable[[str], FlaskClient]
SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def path(ask: OrganizationAsk, link_for: LinkFor) -> str:
    return link_for(LinkScope.DAY_LIST, ask.organization_id)


def test_it_lists_its_own_people_by_initials_and_code(
    come_in: ComeIn,
    path: str,
    ask: OrganizationAsk,
    world: World,
    clock: Any,
    link_for: LinkFor,
) -> None:
    page = come_in(path).get(f"{path}/day").text
    assert ask.code in page
    assert "S.P." in page
    assert f'hx-get="{path}/day" hx-select="#live-list" hx-trigger="every 20s"' in page
    page = page.replace(path, "")  # a token may hold any letters
    for hidden in ("Sam", "Porter", "0102", "Falls"):
        assert hidden not in page
    other = link_for(LinkScope.DAY_LIST, pantry(world, clock, "Another").id)
    stranger = come_in(other).get(f"{other}/day").text
    assert "Another" in stranger
    assert ask.code not in stranger
    assert "S.P." not in stranger


def test_it_puts_those_with_a_day_today_first(
    come_in: ComeIn,
    path: str,
    ask: OrganizationAsk,
    clock: Any,
) -> None:
    with transaction():
        row = db.session.get_one(OrganizationAsk, (ask.practice_id, ask.id))
        row.scheduled_for = clock.now + timedelta(hours=2)
    partner = come_in(path)
    assert partner.get(f"{path}/day").text.index("S.P.") < partner.get(f"{path}/day").text.index(
        "<h2>Open</h2>"
    )


def test_it_says_full_today_and_takes_it_back(
    come_in: ComeIn,
    path: str,
    ask: OrganizationAsk,
    ana: FlaskClient,
    clock: Any,
) -> None:
    partner = come_in(path)
    choose = f"/referrals/{ask.referral_id}/asks/new?need=food"
    partner.post(f"{path}/day/full")
    assert "Full today" in ana.get(choose).text
    assert "Full today" in ana.get("/settings/referrals/organizations").text
    assert "We have room again" in partner.get(f"{path}/day").text
    partner.post(f"{path}/day/room")
    assert "Full today" not in ana.get(choose).text
    partner.post(f"{path}/day/full")
    clock.advance(days=1)
    assert "We are full today" in partner.get(f"{path}/day").text


def test_it_forgets_whoever_said_no_to_sharing(
    come_in: ComeIn,
    path: str,
    ask: OrganizationAsk,
    ana: FlaskClient,
) -> None:
    partner = come_in(path)
    ana.post(f"/referrals/{ask.referral_id}/sharing-refusal", data={"how": "phone"})
    assert "S.P." not in partner.get(f"{path}/day").text


def test_it_is_made_and_ended_by_a_lead(
    come_in: ComeIn,
    sign_in: SignInAs,
    world: World,
    ask: OrganizationAsk,
) -> None:
    lea, base = sign_in(world.lea), "/settings/referrals/organizations"
    made = lea.post(f"{base}/{ask.organization_id}/day-list").text
    start = made.index("http://localhost:8000/partner/") + len("http://localhost:8000")
    path = made[start : made.index("<", start)]
    partner = come_in(path)
    assert "S.P." in partner.get(f"{path}/day").text
    lea.post(f"{base}/{ask.organization_id}/retirement")
    assert partner.get(f"{path}/day").status_code == 404
    lea.delete(f"{base}/{ask.organization_id}/retirement")
    lea.delete(f"{base}/{ask.organization_id}/day-list")
    assert partner.get(f"{path}/day").status_code == 410


@pytest.mark.parametrize("scope", [LinkScope.ASK, LinkScope.OFFICE, LinkScope.REFERRAL])
def test_it_opens_by_no_other_link(
    client: FlaskClient,
    link_for: LinkFor,
    ask: OrganizationAsk,
    scope: LinkScope,
) -> None:
    other = link_for(scope, ask.organization_id)
    assert client.get(f"{other}/day").status_code == 410
