"""A clock that runs, faster than ours if need be, and is the same in every forked process; and work that goes
on in several processes until there is nothing left to do."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock as core_clock
from app.core.db import db
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.faults.dying import ends_by_signal, fork
from workers import outbox

UNDER_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.IN_DOUBT)


def run_clock(start: datetime, *, speed: float) -> None:
    """The database's time runs from `start` at `speed` until the test's clock is put away."""
    began = time.monotonic()
    core_clock.replace(lambda: start + timedelta(seconds=speed * (time.monotonic() - began)))


@contextmanager
def real_clock(clock: Callable[[], datetime]) -> Iterator[None]:
    """The database's own time for a while; then `clock` again."""
    core_clock.replace(None)
    try:
        yield
    finally:
        core_clock.replace(clock)


def at_once(app: Flask, work: Callable[[], object], *, processes: int) -> None:
    """Run `work` in so many processes at the same time; all of them end by themselves."""
    children = [fork(app, work) for _ in range(processes)]
    ended = [ends_by_signal(child) for child in children]
    assert not any(ended)


def is_under_way() -> bool:
    """Whether any text has not ended."""
    db.session.rollback()
    left = select(Message.id).where(Message.status.in_(UNDER_WAY)).limit(1)
    return db.session.scalar(left) is not None


def minutes_pass(app: Flask, clock: Clock, minutes: int) -> None:
    """What the worker does about texts each minute, while whoever sent one does nothing."""
    with app.app_context():
        for _ in range(minutes):
            clock.advance(minutes=1)
            outbox.release_lapsed()
            outbox.deliver_due()
            outbox.settle_doubts()
    db.session.rollback()
