"""The time. A sweep or a request reads it once and passes it on; below the edges time is an argument.
It's the database's time, so that two machines with different clocks agree; tests replace it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import text

from app.core.db import db

_POSTGRES = text("SELECT clock_timestamp()")
_replacement: Callable[[], datetime] | None = None


def db_now() -> datetime:
    """The database's time, aware, UTC."""
    if _replacement is not None:
        return _replacement()
    if db.engine.dialect.name == "sqlite":
        return _to_the_millisecond(datetime.now(UTC))  # SQLite lives here: what it would say itself
    found: datetime = db.session.scalars(_POSTGRES).one()
    return found.astimezone(UTC)


def _to_the_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def began_at() -> datetime:
    """The database's time when this transaction began; for edges that have done nothing in it yet."""
    found: datetime | None = db.session.info.get("began_at")
    return db_now() if found is None or _replacement is not None else found.astimezone(UTC)


def running_seconds() -> float:
    """How long has passed on this machine: only goes forward and, where the system has such a clock, goes on
    while it is suspended (`time.monotonic` stands still with a sleeping Linux)."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def replace(now: Callable[[], datetime] | None) -> None:
    """Tests only: stand in for the database's clock; None puts it back."""
    global _replacement  # one clock per process is the point
    _replacement = now
