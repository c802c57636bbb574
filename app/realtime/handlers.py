"""What a page may say on its socket: connect when signed in, and ask to watch a topic. Who is signed in
is judged afresh each time, because a socket's cookie is a copy made at connect."""

from collections.abc import Callable
from typing import TypeVar

from flask import current_app
from flask_socketio import SocketIO, join_room, leave_room
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.core.log import logger
from app.models.viewer import Viewer
from app.queries.topics import may_watch
from app.realtime import rooms

log = logger("realtime")
LONGEST_TOPIC = 80
Found = TypeVar("Found")


def register(socketio: SocketIO) -> None:
    socketio.on_event("connect", connect)
    socketio.on_event("watch", watch)
    socketio.on_event("leave", leave)
    socketio.on_error_default(failed)


def connect(_auth: object = None) -> bool:
    """Refused unless staff or a patient is signed in. The origin was checked before."""
    viewer = find_viewer()
    if viewer is None:
        return False
    join_room(rooms.of_viewer(viewer))
    return True


def watch(topic: object) -> bool:
    """True when the page will hear of this topic; false tells nothing about why not."""
    viewer = find_viewer()
    if viewer is None or not isinstance(topic, str) or len(topic) > LONGEST_TOPIC:
        return False
    if topic not in reading(lambda: may_watch(viewer, [topic])):
        return False
    join_room(rooms.of_topic(viewer.practice_id, topic))
    return True


def leave(topic: object) -> None:
    viewer = find_viewer()
    if viewer is not None and isinstance(topic, str):
        leave_room(rooms.of_topic(viewer.practice_id, topic))


def find_viewer() -> Viewer | None:
    """Whoever this socket's cookie stands for right now; each edge added its own way to tell."""

    def look() -> set[Viewer]:
        found = (find() for find in current_app.extensions.get("touchline.viewers", []))
        return {viewer for viewer in found if viewer is not None}

    return next(iter(reading(look)), None)


def reading(look: Callable[[], set[Found]]) -> set[Found]:
    """Read, then give the connection back: a socket's context lives as long as the socket."""
    try:
        return look()
    except SQLAlchemyError as error:
        log.error("socket could not read", error=type(error).__name__)
        return set()
    finally:
        db.session.rollback()


def failed(error: Exception) -> bool:
    log.error("socket handler failed", error=type(error).__name__)
    return False
