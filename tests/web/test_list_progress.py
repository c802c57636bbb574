"""A list while it leaves: where everybody's text stands, stopping it, and sending the rest."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.core.db import db, transaction
from app.models.practice import Line
from app.models.user import User
from messaging.delivery import MessageStatus
from tests.actions.claims import claim
from tests.actions.list_sends import crowd, leave, messages_of, stop
from tests.statements import reads
from tests.web.list_pages import confirm, only
from tests.world import World
from workers import lists as sweep

SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def test_it_shows_where_everybodys_text_stands_with_their_names(
    lea: FlaskClient, world: World, clock
) -> None:
    page = confirm(lea)
    assert "Being prepared" in lea.get(page).text
    sweep.run()
    (first, *_rest) = claim(world, clock.now, limit=1)
    leave(first, clock.now)
    told = " ".join(lea.get(page).text.split())
    assert "<strong>1</strong> of 6 sent, 0 delivered" in told
    assert "This number has opted out" in told
    assert 'hx-trigger="poke:board from:body, every 30s"' in told
    behind = lea.get(f"{page}?show=withheld&reason=opted_out").text
    assert f"/patients/{world.olga.id}" in behind
    olgas = messages_of(only())["Olga"]
    assert f"/messages/{olgas.id}/why" in behind
    assert "Sam Porter" not in behind
    assert f'href="{page}">a text to a list' in lea.get(f"/messages/{olgas.id}/why").text
    waiting = lea.get(f"{page}?show=waiting&reason=ok").text
    assert waiting.count("/patients/") == 4
    assert "Nobody any more" in lea.get(f"{page}?show=failed").text
    history = " ".join(lea.get("/lists").text.split())
    assert "1 of 6 sent" in history
    assert "4 to come" in history


def test_it_stops_and_sends_the_rest(lea: FlaskClient, world: World, clock) -> None:
    page = confirm(lea)
    sweep.run()
    (first, *_rest) = claim(world, clock.now, limit=1)
    leave(first, clock.now)
    answer = lea.post(f"{page}/stop", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert "Stopped. 1 had left, 4 were stopped." in answer.headers["HX-Trigger"]
    stopped = lea.get(page).text
    assert "Stopped: 1 had left, 4 were stopped, by Lea Lindqvist" in stopped
    assert "Send the rest" in stopped
    assert "Stop the rest" not in stopped
    assert claim(world, clock.now) == []
    lea.post(f"{page}/stop")
    assert "It was stopped before" in lea.get(page).text
    lea.delete(f"{page}/stop")
    sweep.run()
    states = [m.status for m in messages_of(only()).values()]
    assert states.count(MessageStatus.QUEUED) == 4
    assert lea.delete(f"{page}/stop").status_code == 409


def test_it_offers_no_rest_when_the_words_are_no_longer_of_use(
    lea: FlaskClient, world: World, clock
) -> None:
    page = confirm(lea, not_after="2026-03-03T09:03")
    stop(world, only(), clock.now)
    clock.advance(minutes=5)
    told = lea.get(page).text
    assert "Send the rest" not in told
    assert "of use is over" in told


def test_its_pages_ask_a_constant_number_of_statements(
    lea: FlaskClient, world: World, clock
) -> None:
    def counts() -> list[int]:
        found = []
        for path in ("/lists", page, f"{page}?show=waiting&reason=ok"):
            with reads() as seen:
                assert lea.get(path).status_code == 200
            found.append(len(seen))
        return found

    page = confirm(lea)
    sweep.run()
    few = counts()
    with transaction():
        db.session.get_one(Line, (world.practice.id, world.line.id)).segments_per_second = 500
    crowd(world, clock, 30)
    page = confirm(lea, key="k2")
    sweep.run()
    assert counts() == few
