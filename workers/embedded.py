"""The worker inside the web process: without Redis there is one process, and it runs the ticks too. Started
by gunicorn's post_worker_init, never by building an app or by the flask command."""

import atexit
from threading import Thread

from flask import Flask

from workers.worker import Worker

_KEY = "touchline.worker"


def start(app: Flask) -> Worker:
    """Run the worker beside the requests (a greenlet where gevent patched threads). Once per app."""
    running = app.extensions.get(_KEY)
    if isinstance(running, Worker):
        return running
    worker = Worker(app)
    app.extensions[_KEY] = worker
    Thread(target=worker.run, name="embedded-worker", daemon=True).start()
    atexit.register(stop, app)
    return worker


def stop(app: Flask, *, seconds: float = 10.0) -> None:
    """End it cleanly: running sweeps finish, the lease is free for the next one."""
    worker = app.extensions.pop(_KEY, None)
    if isinstance(worker, Worker):
        worker.stop()
        worker.wait(seconds)
