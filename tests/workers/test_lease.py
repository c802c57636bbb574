"""The lease: one runner at a time, a new epoch for each, taken over when it lapses; and the file lock."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.core.db import db
from app.models.lease import WorkerLease
from workers.lease import TERM, FileLock, Lease, file_lock_for


def test_it_gives_the_lease_to_one(app: Flask, clock) -> None:
    first, second = Lease(holder="first"), Lease(holder="second")
    assert first.keep()
    assert not second.keep()
    assert (first.epoch, second.epoch) == (1, None)
    assert first.is_held
    assert not second.is_held


def test_it_keeps_the_lease_by_renewing_it(app: Flask, clock) -> None:
    first, second = Lease(holder="first"), Lease(holder="second")
    for _ in range(5):
        assert first.keep()
        clock.advance(seconds=20)
        assert not second.keep()
    assert first.epoch == 1


def test_it_passes_a_lapsed_lease_on_under_a_new_epoch(app: Flask, clock) -> None:
    first, second = Lease(holder="first"), Lease(holder="second")
    assert first.keep()
    clock.set(clock.now + TERM + timedelta(seconds=1))
    assert second.keep()
    assert second.epoch == 2
    assert not first.keep()
    assert not first.is_held


@pytest.mark.parametrize("awake", [False, True])
def test_it_is_held_no_longer_when_the_machine_slept_past_its_term(
    app: Flask, monkeypatch: pytest.MonkeyPatch, awake: bool
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "clock_gettime", lambda _: now[0])
    lease = Lease(holder="first")
    assert lease.keep()
    now[0] += TERM.total_seconds() - 1 if awake else 3600  # `time.monotonic` has not moved
    assert lease.is_held is awake


def test_it_passes_a_released_lease_on_at_once(app: Flask, clock) -> None:
    first, second = Lease(holder="first"), Lease(holder="second")
    assert first.keep()
    first.release()
    assert second.keep()
    first.release()  # a second time, too late, takes nothing away
    assert second.keep()


def test_it_takes_the_lease_of_a_dead_process_at_once_where_a_file_lock_vouches(
    app: Flask, clock
) -> None:
    assert Lease(holder="killed").keep()
    assert Lease(holder="next", alone=True).keep()
    row = db.session.get_one(WorkerLease, "workers")
    assert (row.holder, row.epoch) == ("next", 2)


def test_it_locks_the_file_once(tmp_path: Path) -> None:
    path = tmp_path / "x.workers.lock"
    first, second = FileLock(path), FileLock(path)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_it_needs_a_file_lock_on_sqlite_only(tmp_path: Path) -> None:
    assert file_lock_for(f"sqlite:///{tmp_path}/t.db") is not None
    assert file_lock_for("sqlite:///:memory:") is None
    assert file_lock_for("postgresql+psycopg://somebody@127.0.0.1/touchline") is None
