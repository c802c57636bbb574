"""A deadline as an APScheduler job of its own: added, fired, gone. Its store writes each job by itself;
there is no other way to add one."""

import time
from datetime import UTC, datetime
from uuid import UUID

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

_fired: list[str] = []
LONGEST = 120.0


def fire(key: str) -> None:
    """What a job calls: nothing is written, nobody is told."""
    _fired.append(key)


def scheduler_on(engine: Engine) -> BackgroundScheduler:
    """Paused, with its jobs in the database that is measured."""
    made = BackgroundScheduler(timezone=UTC)
    made.add_jobstore(SQLAlchemyJobStore(engine=engine))
    made.start(paused=True)
    return made


def as_jobs(scheduler: BackgroundScheduler, keys: list[UUID]) -> float:
    """Deadlines per second: each added, fired and removed."""
    _fired.clear()
    began = time.perf_counter()
    for key in keys:
        scheduler.add_job(
            "bench.jobs:fire", "date", run_date=datetime.now(UTC), id=str(key), args=[str(key)],
            misfire_grace_time=None,
        )  # fmt: skip
    scheduler.resume()
    while len(_fired) < len(keys) or scheduler.get_jobs():
        if time.perf_counter() - began > LONGEST:
            raise AssertionError(f"{len(_fired)} of {len(keys)} jobs fired")
        time.sleep(0.001)
    took = time.perf_counter() - began
    scheduler.pause()
    if len(set(_fired)) != len(keys):
        raise AssertionError(f"{len(set(_fired))} of {len(keys)} jobs fired")
    return len(keys) / took
