"""The cover sweep: leave begins and ends on its days; what an absent owner would have had to do goes to the
cover, and to the pool when nobody acts. Short transactions, one savepoint for each piece of work."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.exc import OperationalError

from app.actions import cover
from app.core.clock import db_now
from app.core.db import db, savepoint, transaction
from app.core.log import logger
from app.models.absence import Absence
from app.models.viewer import system_viewer

log = logger("cover")
BATCH = 50
Move = Callable[..., None]


def run() -> int:
    """Returns how many pieces of work changed hands."""
    with transaction():
        keys = [(each.practice_id, each.id) for each in db.session.scalars(_unfinished(db_now()))]
    return sum(_one(key) for key in keys)


def _unfinished(at: datetime) -> Select[Absence]:
    return (
        select(Absence)
        .where(Absence.ended_at.is_(None), Absence.taken_back_at.is_(None), Absence.starts_at <= at)
        .order_by(Absence.starts_at, Absence.id)
    )


def _one(key: tuple[UUID, UUID]) -> int:
    moved = 0
    try:
        while True:
            with transaction():
                found, is_done = _batch(key, at=db_now())
            moved += found
            if is_done:
                return moved
    except OperationalError:  # the database's trouble, not this leave's
        raise
    except Exception:
        log.exception("leave could not be kept", absence_id=str(key[1]))
        return moved


def _batch(key: tuple[UUID, UUID], *, at: datetime) -> tuple[int, bool]:
    """One batch of what is to move now; done when nothing more does."""
    system_viewer(key[0])
    absence = db.session.get_one(Absence, key, with_for_update=True)
    if absence.ends_at <= at:
        moved = _move(cover.to_return(absence), cover.give_back, absence, at=at)
        if moved == 0:
            cover.finish(absence, at=at)
        return moved, moved == 0
    if absence.began_at is None:
        cover.begin(absence, at=at)
    moved = _move(cover.to_pool(absence, at=at), cover.let_go, absence, at=at)
    moved += _move(cover.to_cover(absence, at=at), cover.hand_over, absence, at=at)
    return moved, moved == 0


def _move(found: list[Select[Any]], act: Move, absence: Absence, *, at: datetime) -> int:
    moved = 0
    for statement in found:
        for row in db.session.scalars(statement.limit(BATCH).with_for_update(skip_locked=True)):
            try:
                with savepoint():
                    act(row, absence, at=at)
                moved += 1
            except OperationalError:
                raise
            except Exception:
                log.exception("work could not change hands", row_id=str(row.id))
    return moved
