"""The ticker: APScheduler with UTC interval triggers only, one instance per tick, late ticks merged. Nothing
else of it is used: deadlines live in columns, never in a job store."""

import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_PAUSED, STATE_STOPPED
from apscheduler.schedulers.gevent import GeventScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from gevent import monkey

from app.core.log import logger
from workers.timetable import Tick

log = logger("ticker")


class Ticker:
    """Runs sweeps on their intervals while it is not paused. Starts paused."""

    def __init__(self, app: Flask, ticks: Iterable[Tick]) -> None:
        self._app = app
        self._running: set[str] = set()
        self._lock = Lock()
        cooperative = monkey.is_module_patched("threading")
        kind = GeventScheduler if cooperative else BackgroundScheduler
        self._scheduler: Any = kind(timezone=UTC)
        for tick in ticks:
            self._scheduler.add_job(
                self._sweep,
                IntervalTrigger(seconds=tick.seconds, timezone=UTC),
                args=(tick,),
                id=tick.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                next_run_time=datetime.now(UTC),
            )

    def start(self) -> None:
        self._scheduler.start(paused=True)

    def resume(self) -> None:
        """Let the ticks come (again)."""
        if self._scheduler.state == STATE_PAUSED:
            self._scheduler.resume()

    def pause(self) -> None:
        """No tick starts any more; a running sweep ends by itself."""
        if self._scheduler.state not in (STATE_PAUSED, STATE_STOPPED):
            self._scheduler.pause()

    def ring(self, name: str) -> None:
        """Something was queued: bring this tick forward to now."""
        with suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def stop(self, *, seconds: float = 20.0) -> bool:
        """Start nothing more and wait for what runs; False when something still ran after `seconds`."""
        if self._scheduler.state != STATE_STOPPED:
            self._scheduler.shutdown(wait=False)
        until = time.monotonic() + seconds
        while self._running and time.monotonic() < until:
            time.sleep(0.02)
        return not self._running

    def _sweep(self, tick: Tick) -> None:
        with self._lock:
            self._running.add(tick.name)
        try:
            with self._app.app_context():
                tick.sweep()
        except Exception:
            log.exception("a sweep failed", tick=tick.name)
        finally:
            with self._lock:
                self._running.discard(tick.name)
