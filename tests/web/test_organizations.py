"""The directory of community organizations: kept by leads, read by staff, found by need and language."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.community_organization import CommunityOrganization
from app.models.event import Event
from app.models.user import User
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
BASE = "/settings/referrals/organizations"
PANTRY = {
    "name": "Harbor  Pantry", "needs": ["health_class", "food"], "languages": ["es", "en"],
    "capacity": "open", "serves": "Boxes", "hours": "Mon to Fri", "phone": "(503) 555-0190",
    "email": "boxes@pantry.example.org", "address": "12 Harbor Street",
}  # fmt: skip
RIDES = {"name": "Green Line", "needs": "transportation", "languages": "en", "capacity": "full"}


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def the_one(name: str = "Harbor Pantry") -> CommunityOrganization:
    look_again()
    rows = select(CommunityOrganization).where(CommunityOrganization.name == name)
    return db.session.scalars(rows).one()


def test_it_adds_an_organization_as_typed(lea: FlaskClient) -> None:
    assert lea.post(BASE, data=PANTRY).status_code == 303
    one = the_one()
    assert (one.needs, one.languages) == (["food", "health_class"], ["en", "es"])
    assert (one.phone, one.needs_version) == ("+15035550190", 1)
    page = lea.get(BASE).text
    for words in ("Harbor Pantry", "Food, Classes and exercise: Boxes", "English, Spanish"):
        assert words in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "Write its name."),
        ({"name": "harbor pantry"}, "is in the directory already"),
        ({"needs": []}, "Choose what it helps with."),
        ({"needs": ["magic"]}, "Choose what it helps with."),
        ({"languages": ["xx"]}, "Choose the languages it speaks."),
        ({"capacity": "huge"}, "Choose whether it has room."),
        ({"phone": "12"}, "cannot be texted"),
        ({"email": "nobody"}, "Write an e-mail address"),
        ({"hours": "x" * 301}, "longer than 300"),
    ],
)
def test_it_says_what_cannot_be_used(
    lea: FlaskClient, wrong: dict[str, object], words: str
) -> None:
    lea.post(BASE, data=PANTRY)
    answer = lea.post(BASE, data=PANTRY | {"name": "Other", "hours": "Noon"} | wrong)
    assert (answer.status_code, words in answer.text) == (422, True)
    look_again()
    assert db.session.scalars(select(CommunityOrganization)).one().name == "Harbor Pantry"


def test_it_keeps_what_stood_there_before(lea: FlaskClient) -> None:
    lea.post(BASE, data=PANTRY)
    one = the_one()
    assert "(503) 555-0190" in lea.get(f"{BASE}/{one.id}").text
    lea.post(f"{BASE}/{one.id}", data=PANTRY | {"capacity": "full", "hours": ""})
    lea.post(f"{BASE}/{one.id}", data=PANTRY | {"capacity": "full", "hours": ""})
    assert (the_one().capacity, the_one().hours) == ("full", None)
    event = db.session.scalars(select(Event).where(Event.kind == "organization.changed")).one()
    assert event.facts["before"] == {"capacity": "open", "hours": "Mon to Fri"}
    assert event.facts["after"] == {"capacity": "full", "hours": None}


def test_it_finds_by_need_and_language_those_with_room_first(lea: FlaskClient) -> None:
    lea.post(BASE, data=RIDES)
    lea.post(BASE, data=PANTRY)
    everything = lea.get(BASE).text
    assert everything.index("Harbor Pantry") < everything.index("Green Line")
    assert "Green Line" not in lea.get(f"{BASE}?need=food").text
    assert "Harbor Pantry" in lea.get(f"{BASE}?need=food&language=es").text
    assert "None that fits" in lea.get(f"{BASE}?need=legal").text


def test_it_retires_one_and_brings_it_back(lea: FlaskClient) -> None:
    lea.post(BASE, data=PANTRY)
    one = the_one()
    answer = lea.post(f"{BASE}/{one.id}/retirement", headers={"HX-Request": "true"})
    assert "undo" in answer.headers["HX-Trigger"]
    assert the_one().retired_at is not None
    assert "Not offered any more (1)" in lea.get(BASE).text
    lea.delete(f"{BASE}/{one.id}/retirement")
    assert the_one().retired_at is None


def test_it_is_read_by_staff_of_this_practice_alone(
    lea: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    lea.post(BASE, data=PANTRY)
    navigator = sign_in(world.ana).get(BASE).text
    assert "Harbor Pantry" in navigator
    assert "Retire" not in navigator
    assert "Harbor Pantry" not in sign_in(world.cara).get(BASE).text
