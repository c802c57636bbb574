"""No route without its outsider: walks the URL map, then tries every route as a stranger, as staff of
another team and as staff of another practice."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models.user import User
from tests.web.outsider_cases import Case
from tests.web.outsiders import CASES, RECORDS
from tests.world import World

SAFE = {"GET", "HEAD", "OPTIONS"}
SignIn = Callable[[User], FlaskClient]


def methods_of(app: Flask, endpoint: str) -> list[str]:
    """The methods of an endpoint, the first of each kind: what changes nothing and what does."""
    found = {m for rule in app.url_map.iter_rules(endpoint) for m in rule.methods or ()}
    return sorted(found - {"HEAD", "OPTIONS"})


def of_guard(*guards: str) -> list[str]:
    return sorted(endpoint for endpoint, case in CASES.items() if case.guard in guards)


def without_tokens(text: str) -> str:
    """A form's token is chance, and chance spells names."""
    return re.sub(r'"[\w.-]{80,}"', '""', text)


class Door:
    """Knocks at one route with the records of its case."""

    def __init__(self, app: Flask, world: World, endpoint: str) -> None:
        self.app, self.case, self.endpoint = app, CASES[endpoint], endpoint
        self.args: dict[str, UUID | str] = {
            name: RECORDS[value](world) if value in RECORDS else value
            for name, value in self.case.args.items()
        }
        #: In a body "@name" stands for the id of that record.
        self.data = {
            name: RECORDS[value[1:]](world) if str(value).startswith("@") else value
            for name, value in self.case.data.items()
        }

    @property
    def url(self) -> str:
        with self.app.test_request_context():
            return self.app.url_for(self.endpoint, **self.args)

    def knock(self, client: FlaskClient) -> list[TestResponse]:
        methods = methods_of(self.app, self.endpoint)
        return [
            client.open(self.url, method=m, data=dict(self.data), buffered=True) for m in methods
        ]


def test_it_has_an_outsider_case_for_every_route(app: Flask) -> None:
    missing = {rule.endpoint for rule in app.url_map.iter_rules()} - CASES.keys()
    assert not missing, (
        f"add a line for {sorted(missing)} to a file in tests/web/outsiders/ (see outsider_cases.py)"
    )


def test_it_has_no_case_for_a_route_that_is_gone(app: Flask) -> None:
    assert not CASES.keys() - {rule.endpoint for rule in app.url_map.iter_rules()}


@pytest.mark.once
@pytest.mark.parametrize("endpoint", of_guard("staff", "record", "roles"))
def test_it_sends_a_stranger_to_the_sign_in_page(
    app: Flask, client: FlaskClient, world: World, endpoint: str
) -> None:
    for answer in Door(app, world, endpoint).knock(client):
        assert answer.status_code == 303, answer.text
        assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("endpoint", of_guard("record"))
def test_it_hides_our_records_from_outsiders_and_not_from_us(
    app: Flask, world: World, sign_in: SignIn, endpoint: str
) -> None:
    door = Door(app, world, endpoint)
    for name in door.case.outsiders:
        outsider: User = getattr(world, name)
        assert outsider.is_active  # else this proves nothing
        for answer in door.knock(sign_in(outsider)):
            assert answer.status_code == 404, f"{name}: {answer.status_code}"
            assert "Rosa" not in without_tokens(answer.text)
    for answer in door.knock(sign_in(getattr(world, door.case.insider))):
        assert answer.status_code < 400, answer.text


@pytest.mark.parametrize("endpoint", of_guard("staff"))
def test_it_shows_staff_of_another_practice_nothing_of_ours(
    app: Flask, world: World, sign_in: SignIn, endpoint: str
) -> None:
    RECORDS["task"](world)  # so that there is something to be seen
    door = Door(app, world, endpoint)
    assert world.cara.practice_id != world.practice.id
    for answer in door.knock(sign_in(world.cara)):
        assert answer.status_code < 500
        for word in ("Rosa", "Jimenez", world.practice.name, str(world.rosa.id)):
            assert word not in without_tokens(answer.text)


@pytest.mark.parametrize("endpoint", of_guard("roles"))
def test_it_asks_for_the_role(app: Flask, world: World, sign_in: SignIn, endpoint: str) -> None:
    door = Door(app, world, endpoint)
    for answer in door.knock(sign_in(world.ana)):
        assert answer.status_code in (403, 404), answer.text
    for answer in door.knock(sign_in(getattr(world, door.case.insider))):
        assert answer.status_code not in (401, 403, 404, 500), answer.text


@pytest.mark.parametrize("endpoint", of_guard("token", "patient", "carrier"))
def test_it_refuses_who_brings_nothing(
    app: Flask, client: FlaskClient, world: World, endpoint: str
) -> None:
    case: Case = CASES[endpoint]
    expected = {"token": {401}, "patient": {302, 303, 401, 404}, "carrier": {403}}[case.guard]
    for answer in Door(app, world, endpoint).knock(client):
        assert answer.status_code in expected, answer.text
        assert "Rosa" not in without_tokens(answer.text)
