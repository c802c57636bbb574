"""What a page may say on its socket: connect when signed in, and ask to watch a topic. Who is signed in
is judged afresh each time, because a socket's cookie is a copy made at connect."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from flask import current_app
from flask_socketio import SocketIO, join_room, leave_room
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db, enter_practice
from app.core.log import logger
from app.models.viewer import Viewer
from app.queries.topics import may_watch
from app.realtime import rooms, watchman

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
    viewers = find_viewers()
    for viewer in viewers:
        join_room(rooms.of_viewer(viewer))
    watchman.note(viewers)
    return bool(viewers)


def watch(topic: object) -> bool:
    """True when the page will hear of this topic; false tells nothing about why not."""
    if not isinstance(topic, str) or len(topic) > LONGEST_TOPIC:
        return False
    for viewer in find_viewers():
        if topic in reading(partial(allowed, viewer, topic)):
            join_room(rooms.of_topic(viewer.practice_id, topic))
            return True
    return False


def leave(topic: object) -> None:
    for viewer in find_viewers():
        if isinstance(topic, str):
            leave_room(rooms.of_topic(viewer.practice_id, topic))


def allowed(viewer: Viewer, topic: str) -> set[str]:
    enter_practice(viewer.practice_id)
    return may_watch(viewer, [topic])


def find_viewers() -> tuple[Viewer, ...]:
    """Whoever this socket's cookies stand for right now: a member of staff, a patient in the portal, or
    both side by side in one browser. Each edge added its own way to tell."""

    def look() -> set[Viewer]:
        found = (find() for find in current_app.extensions.get("touchline.viewers", []))
        return {viewer for viewer in found if viewer is not None}

    return tuple(reading(look))


def reading(look: Callable[[], set[Found]]) -> set[Found]:
    """Read what is true now, not in a snapshot begun earlier, and give the connection back after."""
    try:
        db.session.rollback()
        return look()
    except SQLAlchemyError as error:
        log.error("socket could not read", error=type(error).__name__)
        return set()
    finally:
        db.session.rollback()


def failed(error: Exception) -> bool:
    log.error("socket handler failed", error=type(error).__name__)
    return False
