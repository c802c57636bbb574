"""Stepping many ladders at once: the practice and the protocols that all of them read are held in hand. The
session forgets a row that nobody holds; read again for each task, it also writes each change by itself."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import select

from app.actions import ladder
from app.core.db import db
from app.models.practice import Practice
from app.models.protocol import Protocol
from app.models.task import Task


def stepping(tasks: Sequence[Task], *, at: datetime) -> Callable[[Task], None]:
    """What steps one of these tasks (of one practice, locked). Two statements for all."""
    return partial(_step, held=_read_by_all(tasks), at=at)


def _step(task: Task, *, held: Sequence[object], at: datetime) -> None:
    ladder.step(task, at=at)


def _read_by_all(tasks: Sequence[Task]) -> list[object]:
    if not tasks:
        return []
    of_practice = tasks[0].practice_id
    protocols = select(Protocol).where(
        Protocol.practice_id == of_practice, Protocol.id.in_({task.protocol_id for task in tasks})
    )
    return [db.session.get_one(Practice, of_practice), *db.session.scalars(protocols)]
