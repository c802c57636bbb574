"""Sockets: who may connect and watch, what a poke says, and when sockets are dropped."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIOTestClient
from sqlalchemy import delete, update

from app.actions import tasks, users
from app.core.db import db, transaction
from app.models.care_team import CareTeamMember
from app.models.event import SYSTEM
from app.models.patient import Patient
from app.models.task import Task, TaskType
from app.models.user import Role, User
from app.realtime import watchman
from tests.statements import reads
from tests.world import World

SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def connect(app: Flask) -> Callable[[FlaskClient], SocketIOTestClient]:
    """A page's socket with the cookies of a signed-in client."""

    def open_socket(client: FlaskClient) -> SocketIOTestClient:
        return app.extensions["socketio"].test_client(app, flask_test_client=client)

    return open_socket


@pytest.fixture
def watcher(
    connect: Callable[[FlaskClient], SocketIOTestClient], sign_in: SignInAs
) -> Callable[..., SocketIOTestClient]:
    """Somebody's socket that watches the given topics."""

    def watch(user: User, *topics: str) -> SocketIOTestClient:
        socket = connect(sign_in(user))
        for topic in topics:
            assert socket.emit("watch", topic, callback=True) is True
        return socket

    return watch


def pokes(socket: SocketIOTestClient) -> list[dict[str, Any]]:
    return [packet["args"][0] for packet in socket.get_received() if packet["name"] == "poke"]


def add_task(world: World, clock: Any, patient: Patient) -> Task:
    with transaction():
        return tasks.create(
            db.session.merge(patient), TaskType.MEDICATION_RECEIVED, by=world.system.actor,
            at=clock.now,
        )  # fmt: skip


def test_it_refuses_a_socket_of_somebody_not_signed_in(
    connect: Callable[[FlaskClient], SocketIOTestClient], client: FlaskClient, world: World
) -> None:
    assert not connect(client).is_connected()


def test_it_pokes_watchers_of_the_board_after_commit_with_topic_and_number_only(
    watcher: Callable[..., SocketIOTestClient], world: World, clock: Any
) -> None:
    ana = watcher(world.ana, "board", f"patient:{world.rosa.id}")
    pokes(ana)
    add_task(world, clock, world.rosa)
    heard = pokes(ana)
    assert {poke["topic"] for poke in heard} == {"board", f"patient:{world.rosa.id}"}
    assert all(poke.keys() == {"topic", "seq"} for poke in heard)
    assert "Rosa" not in str(heard)


def test_it_does_not_poke_about_what_was_rolled_back(
    watcher: Callable[..., SocketIOTestClient], world: World, clock: Any
) -> None:
    ana = watcher(world.ana, "board")
    pokes(ana)

    def fail_after_writing() -> None:
        with transaction():
            tasks.create(world.rosa, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    assert pokes(ana) == []


def test_it_keeps_outsiders_from_watching_and_from_hearing(
    watcher: Callable[..., SocketIOTestClient], world: World, clock: Any
) -> None:
    topic = f"patient:{world.rosa.id}"
    ana = watcher(world.ana, topic)
    ben, cara = watcher(world.ben, "board"), watcher(world.cara, "board")
    for outsider in (ben, cara):
        assert outsider.emit("watch", topic, callback=True) is False
    for socket in (ana, ben, cara):
        pokes(socket)
    add_task(world, clock, world.rosa)
    assert [poke["topic"] for poke in pokes(ana)] == [topic]
    assert topic not in {poke["topic"] for poke in pokes(ben)}
    assert pokes(cara) == []  # another practice's board is another room


@pytest.mark.parametrize(
    "topic", ["", "board ", "patient:", "patient:x", "who:user:1", "x" * 500, 7, None, {"a": 1}]
)
def test_it_refuses_odd_topics(
    watcher: Callable[..., SocketIOTestClient], world: World, topic: Any
) -> None:
    assert watcher(world.ana).emit("watch", topic, callback=True) is False


def test_it_is_no_board_for_analysts(
    watcher: Callable[..., SocketIOTestClient], world: World
) -> None:
    assert watcher(world.anton).emit("watch", "board", callback=True) is False


def test_it_drops_the_sockets_of_who_signs_out(
    connect: Callable[[FlaskClient], SocketIOTestClient],
    sign_in: SignInAs,
    world: World,
    clock: Any,
) -> None:
    client, lea = sign_in(world.ana), connect(sign_in(world.lea))
    ana = connect(client)
    assert ana.is_connected()
    client.post("/sign-out")
    assert not ana.is_connected()
    assert lea.is_connected()


@pytest.mark.parametrize(
    "change", [{"role": Role.ANALYST}, {"is_active": False}, {"session_epoch": 3}]
)
def test_it_drops_the_sockets_of_who_may_see_less(
    watcher: Callable[..., SocketIOTestClient], world: World, change: dict[str, Any]
) -> None:
    ana, lea = watcher(world.ana, "board"), watcher(world.lea, "board")
    with transaction():
        user = db.session.get_one(User, (world.practice.id, world.ana.id))
        for name, value in change.items():
            setattr(user, name, value)
    assert not ana.is_connected()
    assert lea.is_connected()


def test_it_drops_the_sockets_of_who_leaves_a_team(
    watcher: Callable[..., SocketIOTestClient], world: World, clock: Any
) -> None:
    ana = watcher(world.ana, f"patient:{world.rosa.id}")
    with transaction():
        users.leave_team(db.session.merge(world.ana), world.team, by=SYSTEM, at=clock.now)
    assert not ana.is_connected()


@pytest.mark.parametrize(
    "what", ["disabled", "signed out everywhere", "another role", "off a team"]
)
def test_it_drops_within_seconds_whom_another_process_kept_out_without_redis(
    watcher: Callable[..., SocketIOTestClient], world: World, what: str
) -> None:
    ana, lea = watcher(world.ana, "board"), watcher(world.lea, "board")
    mine = update(User).where(User.id == world.ana.id)
    done = {
        "disabled": mine.values(is_active=False),
        "signed out everywhere": mine.values(session_epoch=User.session_epoch + 1),
        "another role": mine.values(role=Role.ANALYST),
        "off a team": delete(CareTeamMember).where(CareTeamMember.user_id == world.ana.id),
    }
    watchman.look()
    with transaction():
        db.session.execute(done[what])  # past the session, as another process: nobody is told
    assert ana.is_connected()
    with reads() as statements:
        watchman.look()
    assert not ana.is_connected()
    assert lea.is_connected()
    assert len(statements) == 2
    assert watchman.LOOK_SECONDS <= 4  # and a page's goodbye fits into five


def test_it_drops_who_watches_a_patient_that_moves_to_another_team(
    watcher: Callable[..., SocketIOTestClient], world: World
) -> None:
    ana = watcher(world.ana, f"patient:{world.rosa.id}")
    others = watcher(world.ana, "board")
    with transaction():
        db.session.merge(world.rosa).care_team_id = world.other_team.id
    assert not ana.is_connected()
    assert others.is_connected()


def test_it_asks_afresh_who_somebody_is_at_every_watch(
    connect: Callable[[FlaskClient], SocketIOTestClient],
    sign_in: SignInAs,
    world: World,
    clock: Any,
) -> None:
    ana = connect(sign_in(world.ana))
    clock.advance(minutes=16)  # the session has gone idle; the socket's cookie is still the old one
    assert ana.emit("watch", "board", callback=True) is False


def test_it_allows_only_its_own_origin(app: Flask) -> None:
    options = app.extensions["socketio"].server.eio
    assert options.cors_allowed_origins == list(app.extensions["touchline.settings"].origins)
    assert options.transports == ["websocket"]
