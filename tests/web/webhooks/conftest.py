"""Fixtures of the webhooks' tests."""

import pytest

from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)
