"""Socket.IO's client manager, with one difference: closing a room disconnects who is in it. The message
queue carries that to every process, so a person's sockets end wherever they are connected."""

from typing import Any

import socketio


class _ClosesSockets:
    """Mixed into a manager: `close_room` means goodbye, not just an empty room."""

    def basic_close_room(self, room: str, namespace: str) -> None:
        manager: Any = self
        for sid, _ in list(manager.get_participants(namespace, room)):
            manager.server.disconnect(sid, namespace=namespace, ignore_queue=True)
        super().basic_close_room(room, namespace)  # type: ignore[misc]


class LocalManager(_ClosesSockets, socketio.Manager):  # type: ignore[misc]
    """One process: rooms live in its memory."""


class QueueManager(_ClosesSockets, socketio.RedisManager):  # type: ignore[misc]
    """Several processes: pokes and goodbyes travel through Redis, as JSON."""


def client_manager(redis_url: str | None) -> socketio.Manager:
    return QueueManager(redis_url, channel="touchline") if redis_url else LocalManager()
