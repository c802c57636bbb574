"""Which office is meant: by its name, a former one, its numbers or a sender's id; in its own practice."""

from typing import Any

import pytest

from app.actions import known_offices, referrers
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.referral import Referrer
from tests.conftest import Clock
from tests.world import World, look_again

FAX, PHONE = "+15035550171", "+15035550172"
WAYS: dict[str, dict[str, Any]] = {
    "name": {"name": "hill clinic"},
    "former name": {"name": "Old Hill Clinic"},
    "fax": {"name": None, "fax": FAX},
    "phone": {"name": None, "phone": PHONE},
    "id": {"name": None, "ids": ["npi:1234567893"]},
}


@pytest.fixture
def office(world: World, clock: Clock) -> Referrer:
    """Named anew, with a fax, a phone and an id that a sender gave it."""
    with transaction():
        made = referrers.find_or_add(
            world.practice.id, "Old Hill Clinic", fax=FAX, phone=PHONE, ids=["npi:1234567893"],
            by=SYSTEM, at=clock.now,
        )  # fmt: skip
        referrers.update(
            made,
            by=SYSTEM,
            at=clock.now,
            name="Hill Clinic",
            email="",
            fax=FAX,
            phone=PHONE,
            clinicians="",
        )
    return made


@pytest.mark.parametrize("way", WAYS)
def test_it_finds_an_office_in_its_own_practice_alone(
    world: World, office: Referrer, way: str
) -> None:
    look_again()
    found = known_offices.find(world.practice.id, **WAYS[way])
    assert found is not None
    assert found.id == office.id
    assert known_offices.find(world.cara.practice_id, **WAYS[way]) is None


def test_a_name_that_is_taken_elsewhere_takes_nothing_from_another_practice(
    world: World, clock: Clock, office: Referrer
) -> None:
    with transaction():
        theirs = referrers.find_or_add(
            world.cara.practice_id, "Old Hill Clinic", by=SYSTEM, at=clock.now
        )
        referrers.update(theirs, by=SYSTEM, at=clock.now, name="New Hill Clinic", email="", fax="",
                         phone="", clinicians="")  # fmt: skip
    look_again()
    for practice_id, mine in ((world.practice.id, office), (world.cara.practice_id, theirs)):
        found = known_offices.find(practice_id, "Old Hill Clinic")
        assert found is not None
        assert found.id == db.session.merge(mine).id
