"""Socket.IO's client manager, with one difference: closing a room disconnects who is in it. The message
queue carries that to every process, so a person's sockets end wherever they are connected. A Redis that is
away or silent holds nobody up: pages ask by themselves every half minute."""

import time
from typing import Any

import socketio
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.core.log import logger

log = logger("realtime")
#: While Redis does not answer, nobody waits for it again for so long.
AWAY_SECONDS = 5.0
#: Listening is not bound by the time-out; a question is, because a carrier or a person waits for it.
OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "socket_keepalive": True,
    "retry": Retry(NoBackoff(), 0),
}


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

    connected: bool
    _away_until = 0.0

    def _publish(self, data: object) -> None:
        """Tell the other processes, or not: a poke that is lost is made up for by the next question."""
        if time.monotonic() < self._away_until:
            return
        for tries_left in (1, 0):  # the connection may have gone stale unnoticed
            try:
                if not self.connected:
                    self._redis_connect()
                self.redis.publish(self.channel, self.json.dumps(data))
                return
            except (RedisError, OSError) as error:
                self.connected = False
                if not tries_left:
                    self._away_until = time.monotonic() + AWAY_SECONDS
                    log.warning("redis is away", error=type(error).__name__)


def client_manager(redis_url: str | None) -> socketio.Manager:
    if redis_url is None:
        return LocalManager()
    return QueueManager(redis_url, channel="touchline", redis_options=dict(OPTIONS))
