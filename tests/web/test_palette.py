"""The command palette: every place it offers a role opens for that role and no place of another's is offered;
patients by typing, only one's own; what was looked at lately."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.models.user import User
from app.web.places import PLACES, places
from tests.web.test_search import people  # noqa: F401 - a fixture
from tests.world import World
from workers import search_index

SignIn = Callable[[User], FlaskClient]


def options(client: FlaskClient, q: str = "") -> str:
    answer = client.get("/palette", query_string={"q": q})
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("who", ["ana", "lea", "adam", "anton"])
def test_it_offers_just_the_places_a_role_may_open(sign_in: SignIn, world: World, who: str) -> None:
    user = getattr(world, who)
    client, viewer = sign_in(user), world.viewer(user)
    for place in PLACES:
        status = client.get(place.href).status_code
        assert (status == 200) == place.may(viewer), f"{place.name}: {status}"
        assert (place in places(viewer, place.name)) == place.may(viewer), place.name


def test_it_finds_a_place_by_its_name_or_by_other_words(sign_in: SignIn, world: World) -> None:
    lea = sign_in(world.lea)
    for q, name in (("months", "Months"), ("insurance", "Who has no coverage"),
                    ("send to", "Send to a list"), ("tex arrive", "Texts that did not")):  # fmt: skip
        assert name in options(lea, q), q


def test_it_finds_ones_own_patients_and_what_to_do_for_the_only_one(
    ana: FlaskClient, sign_in: SignIn, world: World
) -> None:
    search_index.run()
    found = options(ana, "rosa jim")
    assert f'data-href="/patients/{world.rosa.id}"' in found
    assert "New task for Rosa Jimenez" in found
    for outsider in (world.ben, world.cara, world.anton):
        assert "Jimenez" not in options(sign_in(outsider), "rosa")
    several = options(ana, "tran")
    assert ("Kim Tran" in several, "New task for" in several) == (True, False)


def test_it_begins_with_whom_one_saw_last(ana: FlaskClient, sign_in: SignIn, world: World) -> None:
    assert "Recently seen" not in options(ana)
    ana.get(f"/patients/{world.sam.id}")
    ana.get(f"/patients/{world.rosa.id}")
    found = options(ana)
    assert found.index("Rosa Jimenez") < found.index("Sam Porter")
    assert "Porter" not in options(sign_in(world.lea)), "what others looked at is theirs"


def test_it_remembers_eight(ana: FlaskClient, world: World) -> None:
    from app.queries.patient_search import RECENT

    assert RECENT == 8


def test_it_says_what_was_typed_as_words(ana: FlaskClient) -> None:
    found = options(ana, "<b>x</b>")
    assert "&lt;b&gt;x" in found
    assert "<b>x" not in found
