"""A real server and real upgrades: only pages of our own address may open a socket, by websocket only."""

import threading
from collections.abc import Callable, Iterator

import pytest
import websocket
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from app.models.user import User
from tests.world import World

SignInAs = Callable[[User], FlaskClient]
HOME = "http://localhost:8000"  # PUBLIC_URL of the tests


@pytest.fixture
def port(make_app: Callable[..., Flask]) -> Iterator[int]:
    """An app of its own: the test client of sockets takes over the server it is used with."""
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(5)
    server.server_close()


def knock(port: int, origin: str | None, cookie: str, **headers: str) -> str:
    """What the server says to an upgrade: its first frame, or the refusal's status."""
    try:
        socket = websocket.create_connection(
            f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket",
            origin=origin,
            suppress_origin=origin is None,
            cookie=cookie,
            header=[f"{name}: {value}" for name, value in headers.items()],
            timeout=5,
        )
    except websocket.WebSocketBadStatusException as refused:
        return str(refused.status_code)
    try:
        assert str(socket.recv()).startswith("0{")  # engine.io is open
        socket.send("40")  # now socket.io asks to connect
        return str(socket.recv())
    finally:
        socket.close()


@pytest.fixture
def cookie(sign_in: SignInAs, world: World) -> str:
    found = sign_in(world.ana).get_cookie("touchline")
    assert found is not None
    return f"touchline={found.value}"


@pytest.mark.parametrize("origin", [HOME, "http://127.0.0.1:8000"])
def test_it_lets_its_own_page_in_under_both_names_of_this_machine(
    port: int, cookie: str, origin: str
) -> None:
    assert knock(port, origin, cookie).startswith("40{")


def test_it_refuses_a_socket_without_a_session(port: int) -> None:
    assert knock(port, HOME, "touchline=forged").startswith("44")


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://localhost",
        "http://localhost:8001",
        "https://localhost:8000",
        "http://sub.localhost:8000",
        "http://localhost:8000.example.org",
        "http://localhost:8000@example.org",
        "http://127.0.0.1:8001",
        "http://127.0.0.2:8000",
        "https://evil.example.org",
        "file://",
    ],
)
def test_it_refuses_pages_from_elsewhere(port: int, cookie: str, origin: str) -> None:
    assert knock(port, origin, cookie) == "400"


def test_it_does_not_believe_a_forwarded_host(port: int, cookie: str) -> None:
    spoofed = {"X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "https"}
    assert knock(port, "https://evil.example.org", cookie, **spoofed) == "400"


def test_it_offers_no_polling(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/socket.io/?EIO=4&transport=polling")
    assert answer.status_code == 400
