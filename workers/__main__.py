"""`python -m workers`: the outbox, the deadlines and everything else the clock finds. Sockets are made
cooperative before anything else is imported."""

# ruff: noqa: E402 - the order of these imports is the point
from gevent import monkey

monkey.patch_all()

import signal
import sys

import gevent

from app.core.errors import ConfigError
from app.factory import create_app
from workers.worker import Worker

ALREADY = (
    "A worker already serves this database: {url}\n"
    "SQLite has one. `make run` runs it inside the web process; stop that first, or use PostgreSQL.\n"
)


def main() -> int:
    """Run until SIGTERM or ctrl-C. 0 = ended as asked, 1 = there is one already, 2 = bad settings."""
    try:
        app = create_app()
    except ConfigError as error:
        sys.stderr.write(f"{error.person_text}\n")
        return 2
    worker = Worker(app)
    if worker.file is not None and not worker.file.take():
        url = app.extensions["touchline.settings"].database_url
        sys.stderr.write(ALREADY.format(url=url))
        return 1
    for name in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(name, worker.stop)
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
