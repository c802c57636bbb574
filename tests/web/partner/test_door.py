"""The door of a link: looking changes nothing, a button opens, and a dead link says no more than that."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import partner_links
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.partner_link import LinkScope, PartnerLink
from tests.web.partner.conftest import LinkFor
from tests.world import World, look_again

PRIVATE = [LinkScope.REFERRAL, LinkScope.OFFICE, LinkScope.DAY_LIST]


def the_link() -> PartnerLink:
    look_again()
    return db.session.scalars(select(PartnerLink)).one()


@pytest.mark.parametrize("scope", PRIVATE)
def test_it_changes_nothing_by_being_looked_at(
    client: FlaskClient, link_for: LinkFor, scope: LinkScope
) -> None:
    path = link_for(scope)
    for method in ("GET", "HEAD", "GET"):
        answer = client.open(path, method=method)
        assert answer.status_code == 200
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
    assert "Harbor Family Clinic" in client.get(path).text
    assert the_link().opened_at is None


def test_it_is_opened_by_the_button(client: FlaskClient, link_for: LinkFor, clock: Any) -> None:
    path = link_for(LinkScope.OFFICE)
    clock.advance(minutes=5)
    assert client.post(path).status_code == 303
    assert the_link().opened_at == clock.now


@pytest.mark.parametrize("how", ["unknown", "expired", "revoked", "long"])
def test_it_says_alike_that_a_link_is_dead(
    client: FlaskClient, world: World, link_for: LinkFor, clock: Any, how: str
) -> None:
    path = link_for(LinkScope.OFFICE, lives=timedelta(days=1))
    if how == "expired":
        clock.advance(days=1)
    if how == "revoked":
        with transaction():
            partner_links.revoke(the_link(), by=SYSTEM, at=clock.now)
    wrong = {"unknown": "/partner/" + "x" * 22, "long": "/partner/" + "x" * 300}
    for method in ("GET", "POST"):
        answer = client.open(wrong.get(how, path), method=method)
        assert answer.status_code == 410
        assert "no longer works" in answer.text
        assert world.practice.name not in answer.text
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert the_link().opened_at is None


def test_it_stops_who_guesses(client: FlaskClient, world: World) -> None:
    codes = [client.get(f"/partner/guess-{number}").status_code for number in range(21)]
    assert codes == [410] * 20 + [429]
