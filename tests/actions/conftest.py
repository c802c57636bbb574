"""Fixtures for stories that begin at a patient's phone."""

import pytest

from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)
