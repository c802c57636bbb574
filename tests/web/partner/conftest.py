"""Fixtures of the partner side: a link's path, and a browser that came in through it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.actions import partner_links
from app.core.db import transaction
from app.models.event import SYSTEM
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.referral import Referral
from tests.actions.test_letters import receive
from tests.web.partner.asks import pantry, post_ask, the_ask
from tests.world import World

LinkFor = Callable[..., str]


@pytest.fixture
def link_for(world: World, clock: Any) -> LinkFor:
    """The path of a fresh link: `link_for(scope, subject_id)`."""

    def make(scope: LinkScope, subject_id: UUID | None = None, **more: Any) -> str:
        with transaction():
            _, address = partner_links.make(
                world.practice.id, scope, subject_id or world.practice.id, by=SYSTEM, at=clock.now,
                **more,
            )  # fmt: skip
        return address.removeprefix("http://localhost:8000")

    return make


@pytest.fixture
def come_in(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser in which somebody pressed the button behind the link."""

    def enter(path: str) -> FlaskClient:
        client = app.test_client()
        answer = client.post(path)
        assert answer.status_code == 303, answer.text
        return client

    return enter


@pytest.fixture
def referral(world: World, clock: Any) -> Referral:
    return receive(world, clock)


@pytest.fixture
def ask(ana: FlaskClient, referral: Referral, world: World, clock: Any) -> OrganizationAsk:
    assert post_ask(ana, referral, pantry(world, clock)).status_code == 303
    return the_ask()
