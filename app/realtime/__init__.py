"""Sockets: pages ask to watch a topic, the server checks and puts them into a room, and pokes go to
rooms. Nothing about a patient ever travels here; see `broadcasts`, the only emit."""

from flask import Flask
from flask_socketio import SocketIO

from app.realtime import broadcasts, departures, handlers, watchman
from app.realtime.manager import client_manager

#: A page asks to watch and nothing else: what is larger is refused.
LARGEST_FRAME = 4096


def register(app: Flask) -> None:
    """One SocketIO per app; with REDIS_URL the processes hear each other's pokes."""
    settings = app.extensions["touchline.settings"]
    socketio = SocketIO(
        app,
        async_mode=async_mode(),
        client_manager=client_manager(settings.redis_url),
        transports=["websocket"],  # polling would need sticky sessions
        cors_allowed_origins=list(settings.origins),
        max_http_buffer_size=LARGEST_FRAME,
        manage_session=False,
        cookie=None,
        ping_interval=20,
        ping_timeout=15,
    )
    handlers.register(socketio)
    departures.listen()
    watchman.register(app)
    app.extensions["touchline.publish"] = broadcasts.publish


def async_mode() -> str:
    """gevent where the process was patched for it, threads elsewhere (tests, the flask command)."""
    from gevent.monkey import is_module_patched

    return "gevent" if is_module_patched("socket") else "threading"
