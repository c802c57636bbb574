"""A patient's session: idle, old, signed out, and side by side with staff."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.patient import Patient
from app.models.secret import PortalSession, SecretDirectory
from tests.web.portal.conftest import Enter, born
from tests.world import World

LinkFor = Callable[[Patient], str]
CHAT = "/portal/my/chat"


def test_it_stores_only_digests(client: FlaskClient, world: World, link_for: LinkFor) -> None:
    path = link_for(world.sam)
    client.post(path, data=born())
    cookie = client.get_cookie("touchline_portal")
    assert cookie is not None
    assert cookie.http_only
    stored = " ".join(db.session.scalars(select(SecretDirectory.digest)))
    assert path.rsplit("/", 1)[1] not in stored
    assert cookie.value not in stored


def test_it_ends_an_idle_session(world: World, enter: Enter, clock: Any) -> None:
    client = enter(world.sam)
    clock.advance(minutes=29)
    assert client.get(CHAT).status_code == 200
    clock.advance(minutes=29)
    assert client.get(CHAT).status_code == 200
    clock.advance(minutes=30)
    assert client.get(CHAT).status_code == 303


def test_it_does_not_take_a_page_that_polls_for_a_person(
    world: World, enter: Enter, clock: Any
) -> None:
    client = enter(world.sam)
    polling = {"X-Touchline-Auto": "1", "HX-Request": "true"}
    for _ in range(4):
        clock.advance(minutes=8)
        answer = client.get(CHAT, headers=polling)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/portal"


def test_it_ends_every_session_after_half_a_day(world: World, enter: Enter, clock: Any) -> None:
    client = enter(world.sam)
    for _ in range(12 * 3 - 1):
        clock.advance(minutes=20)
        assert client.get(CHAT).status_code == 200
    clock.advance(minutes=20)
    assert client.get(CHAT).status_code == 303


def test_it_signs_out_on_the_server(world: World, enter: Enter, app: Flask) -> None:
    client = enter(world.sam)
    cookie = client.get_cookie("touchline_portal")
    assert client.post("/portal/sign-out").status_code == 303
    thief = app.test_client()
    thief.set_cookie("touchline_portal", cookie.value if cookie else "")
    assert thief.get(CHAT).status_code == 303
    assert db.session.scalars(select(PortalSession)).one().ended_at is not None


def test_it_lets_staff_and_a_patient_sit_at_one_browser(
    world: World, link_for: LinkFor, sign_in: Callable[..., FlaskClient]
) -> None:
    client = sign_in(world.ana)
    client.post(link_for(world.sam), data=born())
    assert client.get(CHAT).status_code == 200
    assert client.get("/").status_code == 200
    watch = client.get(f"/topics?watch=board@-1&watch=patient:{world.sam.id}@-1").get_json()
    assert watch["gone"] == []


def test_it_pokes_a_patient_about_their_own_thread_and_drops_them_when_they_leave(
    app: Flask, world: World, enter: Enter, clock: Any
) -> None:
    client = enter(world.sam)
    socket = app.extensions["socketio"].test_client(app, flask_test_client=client)
    assert socket.emit("watch", f"patient:{world.sam.id}", callback=True) is True
    for foreign in ("board", f"patient:{world.kim.id}", f"patient:{world.zoe.id}"):
        assert socket.emit("watch", foreign, callback=True) is False
    socket.get_received()
    enter(world.kim).post("/portal/my/chat/messages", data={"body": "From Kim", "key": "k"})
    assert socket.get_received() == []
    client.post("/portal/my/chat/messages", data={"body": "From Sam", "key": "s"})
    pokes = [packet["args"][0] for packet in socket.get_received()]
    assert {poke["topic"] for poke in pokes} == {f"patient:{world.sam.id}"}
    assert "From" not in str(pokes)
    client.post("/portal/sign-out")
    assert not socket.is_connected()
