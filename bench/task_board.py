"""A database with a board of many tasks to measure on, and what is asked of a measurement."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.core.settings import read_settings
from app.factory import create_app
from app.models.user import Role, User
from app.models.viewer import Viewer
from bench import stage, task_rows
from bench.side_by_side import Comparison


@dataclass(frozen=True, slots=True)
class Goal:
    found: Comparison
    at_least: float


@dataclass(frozen=True, slots=True)
class Board:
    app: Flask
    practice: UUID
    viewer: Viewer
    url: str


@contextmanager
def staged(kind: str, count: int) -> Iterator[Board]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        stage.staged(kind, Path(folder)) as ready,
    ):
        app = create_app(read_settings(ready.env))
        with app.app_context():
            practice = task_rows.fill(count)
            user = db.session.scalars(
                select(User).where(User.practice_id == practice, User.role == Role.LEAD).limit(1)
            ).one()
            viewer = Viewer(practice, "user", user.id, Role.LEAD)
            db.session.rollback()
        yield Board(app, practice, viewer, ready.env["BARE_DATABASE_URL"])
        with app.app_context():
            db.session.rollback()
            db.engine.dispose()
