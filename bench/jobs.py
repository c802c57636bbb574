"""A deadline as an APScheduler job of its own, and as a column: what one of each costs to set and to lift."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import update

from app.core.db import db, transaction
from app.models.task import Task


def as_jobs(scheduler: BackgroundScheduler, keys: list[UUID]) -> float:
    began, later = time.perf_counter(), datetime.now(UTC) + timedelta(days=3)
    for key in keys:
        scheduler.add_job("bench.jobs:nothing", "date", run_date=later, id=str(key))
    for key in keys:
        scheduler.remove_job(str(key))
    return len(keys) / (time.perf_counter() - began)


def nothing() -> None:
    """What a job would call."""


def as_columns(app: Flask, practice: UUID, keys: list[UUID]) -> float:
    """Set and lifted as a column, one commit each."""
    began, later = time.perf_counter(), datetime.now(UTC) + timedelta(days=3)
    with app.app_context():
        for at in (later, None):
            for key in keys:
                with transaction():
                    db.session.execute(
                        update(Task)
                        .where(Task.practice_id == practice, Task.id == key)
                        .values(next_step_at=at),
                        execution_options={"synchronize_session": False},
                    )
        return len(keys) / (time.perf_counter() - began)
