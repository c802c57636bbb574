"""What leaves on sockets: a poke `{topic, seq}` to the topic's room, and the end of a person's sockets.
Called after commit only. This is the only emit in the code."""

from collections.abc import Callable
from uuid import UUID

from flask import Flask, current_app
from flask_socketio import SocketIO

from app.core.effects import Poke
from app.realtime import rooms

NAMESPACE = "/"


def _socketio() -> SocketIO:
    return current_app.extensions["socketio"]


def publish(poke: Poke) -> None:
    """Tell everyone who watches the topic that it moved. Any process may: Redis carries it on."""
    room = rooms.of_topic(poke.practice_id, poke.topic)
    _socketio().emit("poke", {"topic": poke.topic, "seq": poke.seq}, to=room)


def drop_person(practice_id: UUID, kind: str, person_id: UUID | None) -> None:
    """Disconnect every socket of a person, in every process. Pages that may come back reconnect."""
    _socketio().close_room(rooms.of_person(practice_id, kind, person_id))


def drop_topic(practice_id: UUID, topic: str) -> None:
    """Disconnect whoever watches a topic, because who may see it has changed."""
    _socketio().close_room(rooms.of_topic(practice_id, topic))


# This process alone, for `watchman` ------------------------------------------------------------------


def drop_here(practice_id: UUID, kind: str, person_id: UUID | None) -> None:
    """Disconnect a person's sockets of this process, with or without Redis."""
    manager = _socketio().server.manager
    manager.basic_close_room(rooms.of_person(practice_id, kind, person_id), NAMESPACE)


def is_here(practice_id: UUID, kind: str, person_id: UUID | None) -> bool:
    """Whether a socket of the person is open in this process."""
    manager = _socketio().server.manager
    room = rooms.of_person(practice_id, kind, person_id)
    return any(True for _ in manager.get_participants(NAMESPACE, room))


def in_background(target: Callable[[Flask], None], app: Flask) -> object:
    """Run beside the requests, in the way the server runs: greenlet or thread."""
    return _socketio().start_background_task(target, app)


def pause(app: Flask, seconds: float) -> None:
    socketio: SocketIO = app.extensions["socketio"]
    socketio.sleep(seconds)
