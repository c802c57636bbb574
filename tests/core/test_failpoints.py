"""Failpoints: harmless unless armed, once, at the passing that was asked for; and each is somewhere."""

import re

import pytest

from app.core import failpoints
from app.core.settings import ROOT

pytestmark = pytest.mark.pure


@pytest.fixture(autouse=True)
def disarmed():  # type: ignore[no-untyped-def]
    yield
    failpoints.arm(None)


def test_it_does_nothing_unless_armed() -> None:
    for name in failpoints.NAMES:
        failpoints.reach(name)


def test_it_breaks_once_at_the_passing_that_was_asked_for() -> None:
    failpoints.arm("outbox.claimed:error:2")
    failpoints.reach("outbox.claimed")
    failpoints.reach("outbox.settled")
    with pytest.raises(failpoints.Broken):
        failpoints.reach("outbox.claimed")
    failpoints.reach("outbox.claimed")


def test_every_name_is_reached_at_one_place_of_the_product() -> None:
    sources = [
        path.read_text() for folder in ("app", "workers") for path in (ROOT / folder).rglob("*.py")
    ]
    reached = [
        name
        for text in sources
        for name in re.findall(r'\b(?:reach\(|COMMITTED = )"([^"]+)"', text)
    ]
    assert sorted(reached) == sorted(failpoints.NAMES)
