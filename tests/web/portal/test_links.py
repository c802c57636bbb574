"""Opening and spending a sign-in link: once, in time, with the right birth date."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.patient import Patient
from app.models.secret import PortalLink
from tests.web.portal.conftest import born
from tests.world import World

LinkFor = Callable[[Patient], str]
CHAT = "/portal/my/chat"
WRONG = date(1980, 1, 1)


def test_it_spends_nothing_when_a_previewer_opens_the_link(
    client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    path = link_for(world.sam)
    for _ in range(3):
        page = client.get(path)
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "Sam" not in page.text
    assert client.post(path, data=born()).status_code == 303


def test_it_lets_a_link_in_only_once(
    app: Flask, client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    path = link_for(world.sam)
    assert client.post(path, data=born()).status_code == 303
    second = app.test_client()
    assert second.post(path, data=born()).status_code == 410
    assert second.get(path).status_code == 410
    assert second.get(CHAT).status_code == 303


def test_it_lets_a_link_die_after_a_quarter_of_an_hour(
    client: FlaskClient, world: World, link_for: LinkFor, clock: Any
) -> None:
    path = link_for(world.sam)
    clock.advance(minutes=14, seconds=59)
    assert client.get(path).status_code == 200
    clock.advance(seconds=1)
    assert client.post(path, data=born()).status_code == 410


def test_it_kills_a_link_after_five_wrong_birth_dates(
    client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    path = link_for(world.sam)
    codes = [client.post(path, data=born(WRONG)).status_code for _ in range(5)]
    assert codes == [422, 422, 422, 422, 410]
    assert client.post(path, data=born()).status_code == 410


def test_it_counts_wrong_birth_dates_over_all_links_of_a_number(
    client: FlaskClient, world: World, link_for: LinkFor, clock: Any
) -> None:
    for _ in range(3):
        path = link_for(world.sam)
        for _ in range(5):
            client.post(path, data=born(WRONG))
    assert client.post(link_for(world.sam), data=born()).status_code == 410
    clock.advance(days=1, minutes=1)
    assert client.post(link_for(world.sam), data=born()).status_code == 303


def test_it_asks_for_a_day_that_exists_without_counting_it(
    client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    path = link_for(world.sam)
    odd = {"day": "31", "month": "2", "year": "1957"}
    assert client.post(path, data=odd).status_code == 422
    assert db.session.scalars(select(PortalLink)).one().tries == 0


def test_it_tells_people_on_one_phone_apart_by_birth_date(
    app: Flask, world: World, link_for: LinkFor
) -> None:
    with transaction():
        db.session.merge(world.lee).birth_date = date(1958, 11, 5)
    client = app.test_client()
    assert client.post(link_for(world.kim), data=born(date(1958, 11, 5))).status_code == 303
    text = client.get(CHAT).text
    assert "Lee" in text
    assert "Kim" not in text


def test_it_asks_twins_for_their_initials(
    client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    assert world.kim.birth_date == world.lee.birth_date
    path = link_for(world.kim)
    page = client.post(path, data=born())
    assert page.status_code == 200
    assert ">KT</button>" in page.text
    assert ">LT</button>" in page.text
    assert "Kim" not in page.text
    assert client.get(CHAT).status_code == 303  # not in yet
    stranger = client.post(path, data=born(patient=str(world.sam.id)))
    assert stranger.status_code == 422
    assert client.post(path, data=born(patient=str(world.lee.id))).status_code == 303
    assert "Lee" in client.get(CHAT).text
