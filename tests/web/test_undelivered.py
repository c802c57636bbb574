"""Texts that did not arrive, as staff meet them: the list, the board's mark, trying again, dealing with."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.message import Message
from app.models.user import User
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh
from tests.actions.lost import FILTERED, doubt, lose
from tests.world import World, look_again

SignIn = Callable[[User], FlaskClient]
LIST = "/messages/undelivered"
HTMX = {"HX-Request": "true"}


def toast(answer) -> dict:
    return json.loads(answer.headers["HX-Trigger"])["toast"]


def test_it_lists_whom_the_words_why_and_what_to_do(ana: FlaskClient, world: World, clock) -> None:
    message = lose(world, world.sam, clock.now)
    clock.advance(minutes=10)
    text = ana.get(LIST).text
    for words in ("Sam Porter", "Can you come at ten?", "The phone was off or out of reach.", "10 min",
                  "Try again", "Write in the portal", "Log a call", "Dealt with",
                  f"/messages/{message.id}/why"):  # fmt: skip
        assert words in text, words


def test_it_is_a_fragment_that_refreshes_itself(ana: FlaskClient, world: World, clock) -> None:
    lose(world, world.sam, clock.now)
    text = ana.get(LIST, headers=HTMX).text
    assert text.lstrip().startswith('<div id="undelivered"')
    assert "poke:board" in text


def test_it_is_kind_when_nothing_is_lost(ana: FlaskClient, world: World) -> None:
    assert "Every text arrived or was seen to" in ana.get(LIST).text


def test_it_asks_before_it_sends_what_may_have_arrived(
    sign_in: SignIn, world: World, clock
) -> None:
    message = doubt(world, world.sam, clock.now)
    clock.advance(minutes=16)
    ana = sign_in(world.ana)
    text = ana.get(LIST).text
    assert "It may have arrived." in text
    assert f"/messages/{message.id}/retry" not in text  # the doubt has not ended yet
    lose(world, world.rosa, clock.now, code=30008)
    assert "hx-confirm" in ana.get(LIST).text


def test_it_offers_no_new_try_where_none_can_work(ana: FlaskClient, world: World, clock) -> None:
    message = lose(world, world.sam, clock.now, code=FILTERED)
    assert f"/messages/{message.id}/retry" not in ana.get(LIST).text
    assert ana.post(f"/messages/{message.id}/retry", headers=HTMX).status_code == 409


def test_a_double_click_sends_one_new_text(ana: FlaskClient, world: World, clock) -> None:
    message = lose(world, world.sam, clock.now)
    for _ in range(2):
        answer = ana.post(f"/messages/{message.id}/retry", headers=HTMX)
        assert answer.status_code == 204
    look_again()
    (again,) = db.session.scalars(select(Message).where(Message.retry_of_id == message.id))
    assert toast(answer)["undo"]["url"] == f"/messages/{again.id}"
    assert "Sam Porter" not in ana.get(LIST).text
    assert ana.delete(f"/messages/{again.id}").status_code == 303
    assert fresh(again).status is MessageStatus.CANCELLED
    assert "Sam Porter" in ana.get(LIST).text


def test_it_tells_on_the_why_page_what_became_of_it(ana: FlaskClient, world: World, clock) -> None:
    message = lose(world, world.sam, clock.now)
    ana.post(f"/messages/{message.id}/retry")
    look_again()
    (again,) = db.session.scalars(select(Message).where(Message.retry_of_id == message.id))
    assert "tried again, by Ana Alvarez" in ana.get(f"/messages/{message.id}/why").text
    assert f"/messages/{message.id}/why" in ana.get(f"/messages/{again.id}/why").text


def test_dealt_with_can_be_undone(ana: FlaskClient, world: World, clock) -> None:
    message = lose(world, world.sam, clock.now)
    undo = toast(ana.post(f"/messages/{message.id}/dealing", headers=HTMX))["undo"]
    assert "Sam Porter" not in ana.get(LIST).text
    assert ana.open(undo["url"], method=undo["method"], headers=HTMX).status_code == 204
    assert "Sam Porter" in ana.get(LIST).text


def test_the_board_and_the_bell_show_how_many(ana: FlaskClient, world: World, clock) -> None:
    assert "did not arrive: none" in ana.get("/bell").text
    lose(world, world.sam, clock.now)
    assert "1 text did not arrive" in ana.get("/").text
    assert "1 text did not arrive" in ana.get("/messages/undelivered/mark").text
    bell = ana.get("/bell").text
    assert f'href="{LIST}"' in bell
    assert "none" not in bell


@pytest.mark.parametrize(("who", "hears"), [("lea", True), ("ana", False)])
def test_leads_get_an_alarm_after_a_quarter_of_an_hour(
    sign_in: SignIn, world: World, clock, who: str, *, hears: bool
) -> None:
    client = sign_in(getattr(world, who))
    lose(world, world.sam, clock.now)
    clock.advance(minutes=14)
    assert "banner-alarm" not in client.get("/").text
    clock.advance(minutes=2)
    assert ("banner-alarm" in client.get("/").text) is hears


def test_another_team_sees_nothing_of_it(sign_in: SignIn, world: World, clock) -> None:
    lose(world, world.rosa, clock.now)
    ben = sign_in(world.ben)
    assert "Rosa" not in ben.get(LIST).text
    assert "did not arrive" not in ben.get("/messages/undelivered/mark").text


def test_the_link_to_the_portal_chooses_the_portal(ana: FlaskClient, world: World, clock) -> None:
    message = lose(world, world.sam, clock.now)
    text = ana.get(f"/inbox/{message.conversation_id}?way=portal").text
    assert 'value="portal" id="by-portal" checked' in text
