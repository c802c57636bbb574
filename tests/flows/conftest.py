"""The fixture every story begins with."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.flows.story import Story
from tests.world import World


@pytest.fixture
def story(world: World, clock: Clock, client: FlaskClient) -> Story:
    return Story(world, clock, client)
