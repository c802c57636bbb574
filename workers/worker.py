"""One worker: holds the lease, lets the ticker run while it does, and ends cleanly. The same object serves
`python -m workers` and the web process that runs it inside."""

from threading import Event

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.actions import set_up
from app.actions.messages import BELL
from app.core.log import logger
from app.core.settings import Settings, current_settings
from workers.lease import FileLock, Lease, file_lock_for
from workers.ticker import Ticker
from workers.timetable import OUTBOX, TICKS

log = logger("worker")
KEEP_EVERY = 5.0


class Worker:
    """Runs the timetable for `app` while it holds the lease."""

    def __init__(self, app: Flask) -> None:
        settings = app.extensions["touchline.settings"]
        if not isinstance(settings, Settings):
            raise TypeError("the app was not built by app.factory")
        self._app = app
        self._stopping = Event()
        self._ended = Event()
        self.file: FileLock | None = file_lock_for(settings.database_url)
        self.lease = Lease(alone=self.file is not None)
        self._ticker = Ticker(app, TICKS)

    def run(self) -> None:
        """Until `stop`. Without the lease it waits quietly and tries again."""
        self._say_code()
        self._app.extensions[BELL] = lambda: self._ticker.ring(OUTBOX)
        self._ticker.start()
        try:
            while not self._stopping.is_set():
                self._turn()
                self._stopping.wait(KEEP_EVERY)
        finally:
            self._end()

    def _say_code(self) -> None:
        """An empty installation says by which code its set-up in the browser begins."""
        with self._app.app_context():
            try:
                if set_up.is_open():
                    address = f"{current_settings().public_url}/set-up"
                    log.info("no practice yet", address=address, set_up_code=set_up.code())
            except SQLAlchemyError:
                log.info("no database yet")

    def stop(self) -> None:
        """Ask it to end; returns at once."""
        self._stopping.set()

    def wait(self, seconds: float) -> bool:
        """True once it has ended."""
        return self._ended.wait(seconds)

    def _turn(self) -> None:
        """Keep the lease and let the ticker run, or not."""
        was_held = self.lease.is_held
        try:
            with self._app.app_context():
                may_run = (self.file is None or self.file.take()) and self.lease.keep()
        except Exception:
            log.exception("the lease could not be kept")
            may_run = self.lease.is_held
        if may_run and not was_held:
            log.info("ticks run here", holder=self.lease.holder, epoch=self.lease.epoch)
        if may_run:
            self._ticker.resume()
        else:
            self._ticker.pause()

    def _end(self) -> None:
        self._app.extensions.pop(BELL, None)
        if not self._ticker.stop():
            log.warning("a sweep was still running; what it claimed is given back by its lease")
        try:
            with self._app.app_context():
                self.lease.release()
        except Exception:
            log.exception("the lease runs out by itself")
        if self.file is not None:
            self.file.release()
        self._ended.set()
