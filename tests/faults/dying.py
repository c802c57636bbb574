"""A process that dies in the middle: a fork of the test's own, ended by SIGKILL just before or just after the
n-th commit it makes, so that nothing is cleaned up and nothing is said."""

import gc
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.actions import carriers
from app.core import failpoints
from app.core.db import db
from tests.world import look_again


@dataclass(frozen=True, slots=True)
class Point:
    """Where it dies: `when` is "before_commit" or "after_commit" of the `nth` transaction."""

    when: str
    nth: int


def die_at(app: Flask, point: Point, work: Callable[[], object]) -> bool:
    """Run `work` in a forked process that dies at `point`; False when it ended before it came there."""
    return in_a_fork(app, lambda: (_arm(point), work()))


def die_when(app: Flask, wish: str, work: Callable[[], object]) -> bool:
    """Run `work` in a forked process under the failpoint `wish`; whether that killed it."""
    return in_a_fork(app, lambda: (failpoints.arm(wish), work()))


@dataclass
class Killer:
    """Kills `work` at each of some places, `ROUNDS` times; the place must be where it died."""

    app: Flask
    trials: int = 0

    def die(self, place: str, work: Callable[[], object], *, nth: int = 1) -> None:
        look_again()
        assert die_when(self.app, f"{place}:kill:{nth}", work), f"{place} was never reached"
        look_again()
        self.trials += 1


def die_after(app: Flask, seconds: float, work: Callable[[], object]) -> bool:
    """Run `work` in a forked process that SIGKILL ends after `seconds`, wherever it is by then."""

    return in_a_fork(app, lambda: (kill_after(seconds), work()))


def kill_after(seconds: float) -> None:
    """This process is killed so many seconds from now, once it has reached its database."""
    db.session.execute(select(1))
    db.session.rollback()

    def wait() -> None:
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def in_a_fork(app: Flask, work: Callable[[], object]) -> bool:
    """Run `work` in a forked process; True when a signal ended it."""
    return ends_by_signal(fork(app, work))


def fork(app: Flask, work: Callable[[], object]) -> int:
    """Begin `work` in a forked process; its process id."""
    close_connections(app)
    child = os.fork()
    if child:
        return child
    ended = 1
    try:  # from here on in the child, which never returns
        with app.app_context():
            work()
        ended = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(ended)


def ends_by_signal(child: int) -> bool:
    """Wait for a forked process; True when a signal ended it."""
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def close_connections(app: Flask) -> None:
    """No connection may be carried over a fork: both databases would be broken by it, and two processes
    on one connection to the carrier read each other's answers."""
    db.session.rollback()
    app.extensions.pop(carriers._TWILIO, None)
    gc.collect()  # the client's connections end with it
    for engine in db.engines.values():
        engine.dispose()
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def _arm(point: Point) -> None:
    left = [point.nth]

    @event.listens_for(Session, point.when)
    def _die(session: Session) -> None:
        if not session.info.get("writing") or session.in_nested_transaction():
            return
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
