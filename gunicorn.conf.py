"""How gunicorn serves Touchline. Command-line options win, except for the number of processes:
without Redis, or on SQLite, there is exactly one: sockets would split, writers would collide."""

import os
import re

from gunicorn.glogging import Logger

SQLITE = os.environ.get("DATABASE_URL", "").startswith("sqlite") or not os.environ.get(
    "DATABASE_URL"
)
ALONE = SQLITE or not os.environ.get("REDIS_URL")

worker_class = "gevent"
workers = 1
# Loopback only: a proxy with TLS stands in front. Elsewhere: gunicorn --bind 0.0.0.0:8000 wsgi:app
bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"
worker_connections = 2000
timeout = 60
graceful_timeout = 15
keepalive = 75
forwarder_headers = ""  # gunicorn's default lets a client's SCRIPT_NAME header move the whole site
control_socket_disable = True
if os.path.isdir("/dev/shm"):  # noqa: S108 - only the heartbeat file; a slow disk must not stop it
    worker_tmp_dir = "/dev/shm"  # noqa: S108

KEY = re.compile(r"(/portal/in/|/partner/|/join/)[^\s/?]+")
#: What somebody searched for is a name or a number.
QUERY = re.compile(r"\?\S+")


class KeylessLogger(Logger):
    """An access log, where one is kept, holds no key (somebody's one-time link) and no search."""

    def atoms(self, resp, req, environ, request_time):
        found = super().atoms(resp, req, environ, request_time)
        found |= {"q": "***" if found.get("q") else ""}
        return {name: hidden(value) for name, value in found.items()}


def hidden(value):
    return QUERY.sub("?***", KEY.sub(r"\1***", value)) if isinstance(value, str) else value


logger_class = KeylessLogger


def on_starting(server):
    """Refuse a second process where it would split the sockets or fight over the file."""
    if ALONE and server.cfg.workers > 1:
        why = "SQLite has one writer" if SQLITE else "without REDIS_URL sockets cannot be shared"
        server.log.warning("One process only, not %d: %s.", server.cfg.workers, why)
        server.cfg.set("workers", 1)
        server.num_workers = 1


def post_worker_init(worker):
    """Without Redis there is no other process: the outbox and the ticks run in this one."""
    if os.environ.get("REDIS_URL"):
        return
    from workers.embedded import start

    start(worker.wsgi)
