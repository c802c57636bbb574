"""The real processes: `python -m workers` serves the queue, is the only one on SQLite, ends on SIGTERM, and a
killed one loses nothing. The flask command starts no worker."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.actions.messages import BELL
from app.core.db import db, transaction
from app.core.settings import ROOT
from app.models.lease import WorkerLease
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.databases import KIND
from tests.faults.figures import Figure
from tests.world import World
from workers import embedded
from workers.lease import file_lock_for
from workers.runs import environment_of

Start = Callable[..., "subprocess.Popen[str]"]
#: Seconds until a process has surely started, worked or ended, on a machine that does much else.
PATIENCE = 120
sqlite_only = pytest.mark.skipif(
    KIND != "sqlite", reason="PostgreSQL lets a second worker stand by"
)


@pytest.fixture
def start(app: Flask) -> Iterator[Start]:
    """Start `python -m workers` (or other words) with this test's settings."""
    running: list[subprocess.Popen[str]] = []

    def run(*words: str) -> "subprocess.Popen[str]":
        settings = app.extensions["touchline.settings"]
        process = subprocess.Popen(
            (sys.executable, *(words or ("-m", "workers"))), cwd=ROOT,
            env=environment_of(settings) | {"PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(process)
        return process

    yield run
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def arrived(message: Message) -> Callable[[], bool]:
    return lambda: fresh(message).status is MessageStatus.DELIVERED


def is_leased() -> bool:
    db.session.rollback()
    return db.session.get(WorkerLease, "workers") is not None


def test_it_delivers_what_is_queued_and_ends_on_sigterm(world: World, clock, start: Start) -> None:
    message = queue_to(world.sam, clock.now, solicited=True)
    process = start()
    wait_for(arrived(message))
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE) == 0
    assert not (process.stderr.read() if process.stderr else "").count("Traceback")


@sqlite_only
def test_it_refuses_a_second_worker_on_sqlite_and_says_why(
    world: World, app: Flask, start: Start, figure: Figure
) -> None:
    """S7"""
    holder = file_lock_for(app.extensions["touchline.settings"].database_url)
    assert holder is not None
    assert holder.take()
    try:
        second = start()
        _, said = second.communicate(timeout=PATIENCE)
    finally:
        holder.release()  # or every later test would find the lock taken
    assert second.returncode == 1
    assert "already serves this database" in said
    assert "SQLite has one" in said
    figure("S7 second scheduler on SQLite", n=1, refused=1)


def let_the_term_end() -> None:
    """A killed worker's term runs out by itself; on SQLite its file lock ended with it, at once."""
    if KIND == "sqlite":
        return
    with transaction():
        over = datetime.now(UTC) - timedelta(seconds=1)
        db.session.execute(update(WorkerLease).values(lease_until=over))


def test_it_goes_on_after_a_killed_worker(world: World, clock, start: Start) -> None:
    first = start()
    wait_for(is_leased)
    first.kill()
    first.wait()
    let_the_term_end()
    message = queue_to(world.sam, clock.now, solicited=True)
    start()
    wait_for(arrived(message))


def test_it_ends_with_a_clear_word_when_settings_are_missing(start: Start) -> None:
    process = subprocess.run(
        (sys.executable, "-m", "workers"), cwd=ROOT, text=True, capture_output=True, timeout=PATIENCE,
        env=os.environ | {"SECRET_KEY": "short", "DATA_KEYS": "x"}, check=False,
    )  # fmt: skip
    assert process.returncode == 2
    assert "SECRET_KEY" in process.stderr


def test_it_starts_no_worker_with_the_flask_command(world: World, clock, start: Start) -> None:
    message = queue_to(world.sam, clock.now, solicited=True)
    done = start("-m", "flask", "--app", "wsgi", "routes")
    assert done.wait(timeout=PATIENCE) == 0
    assert fresh(message).status is MessageStatus.QUEUED
    assert db.session.get(WorkerLease, "workers") is None


def test_it_runs_inside_the_web_process_and_hears_the_bell(world: World, clock, app: Flask) -> None:
    worker = embedded.start(app)
    try:
        assert embedded.start(app) is worker
        wait_for(is_leased)
        assert BELL in app.extensions
        message = queue_to(world.sam, clock.now, solicited=True)
        wait_for(arrived(message))
    finally:
        embedded.stop(app)
    assert worker.wait(10)
    assert BELL not in app.extensions
    assert not [thread for thread in threading.enumerate() if thread.name == "embedded-worker"]


@sqlite_only
def test_it_waits_quietly_inside_the_web_process_while_another_serves(
    world: World, clock, app: Flask
) -> None:
    other = file_lock_for(app.extensions["touchline.settings"].database_url)
    assert other is not None
    assert other.take()
    worker = embedded.start(app)
    try:
        message = queue_to(world.sam, clock.now, solicited=True)
        time.sleep(0.5)
        assert not worker.lease.is_held
        assert fresh(message).status is MessageStatus.QUEUED
    finally:
        embedded.stop(app)
        other.release()
