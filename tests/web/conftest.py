"""Ana signed in, and the phones of her patients: most pages need the one, and many the other."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.models.user import User
from tests.conftest import Clock
from tests.leave import dora, leave  # noqa: F401 - fixtures
from tests.phones import Phones
from tests.web.merging import lea, twin  # noqa: F401 - fixtures
from tests.world import World


@pytest.fixture
def ana(sign_in: Callable[[User], FlaskClient], world: World) -> FlaskClient:
    return sign_in(world.ana)


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)
