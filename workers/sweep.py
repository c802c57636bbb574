"""One way to sweep: rows whose time has come, oldest first, in short transactions. A practice's part of a
batch is done under one savepoint; when a row breaks it, its rows are done again with one each, so that the
broken one is moved aside and reported, and the rest go on."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.exc import OperationalError

from app.core.clock import db_now
from app.core.db import db, savepoint, transaction
from app.core.failpoints import reach
from app.core.log import logger
from app.models.viewer import Viewer, system_viewer

log = logger("sweep")
BATCH = 100
MOST_BATCHES = 20
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep(Generic[Found]):
    """What is due (over all practices), the door to it, and what is done with each.

    `acting` is asked once for the rows of one practice, so that what they need is read together; it gives
    what to do with one. `broke` moves a broken row aside; without it the row is left out until the next run.
    """

    noun: str
    table: Any
    due: Callable[[datetime], Select[Found]]
    visible: Callable[[Viewer], Select[Found]]
    acting: Callable[[Sequence[Found], datetime], Callable[[Found], object]]
    broke: Callable[[Found, datetime], None] | None = None
    #: Failpoint after each commit.
    committed: str | None = None


def run(sweep: Sweep[Found], *, batch: int = BATCH, most: int = MOST_BATCHES) -> int:
    """Do what is due, and return how many rows were done or moved aside."""
    done, left_out = 0, set[UUID]()
    for _ in range(most):
        with transaction():
            at = db_now()
            keys = _locked(sweep, at, left_out, batch)
            for practice_id, ids in _by_practice(keys).items():
                broken = _practice(sweep, practice_id, ids, at)
                done += len(ids) - len(broken)
                left_out |= broken
        if sweep.committed:
            reach(sweep.committed)
        if len(keys) < batch:
            break
    return done


def _locked(
    sweep: Sweep[Found], at: datetime, left_out: set[UUID], batch: int
) -> list[tuple[UUID, UUID]]:
    table = sweep.table
    due = sweep.due(at).where(table.id.not_in(left_out)) if left_out else sweep.due(at)
    due = due.limit(batch).with_for_update(skip_locked=True, of=table)
    return [
        (row.practice_id, row.id)
        for row in db.session.execute(due.with_only_columns(table.practice_id, table.id))
    ]


def _by_practice(keys: Sequence[tuple[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for practice_id, row_id in keys:
        found[practice_id].append(row_id)
    return found


def _practice(
    sweep: Sweep[Found], practice_id: UUID, ids: Sequence[UUID], at: datetime
) -> set[UUID]:
    """All of one practice's rows at once, or one by one when that broke. Returns what to leave out."""
    viewer = system_viewer(practice_id)
    try:
        with savepoint():
            _act(sweep, viewer, ids, at)
    except OperationalError:  # the database's trouble, not a row's
        raise
    except Exception:
        return {row_id for row_id in ids if not _alone(sweep, viewer, row_id, at)}
    return set()


def _act(sweep: Sweep[Found], viewer: Viewer, ids: Sequence[UUID], at: datetime) -> None:
    rows = {row.id: row for row in _read(sweep, viewer, ids)}
    found = [rows[row_id] for row_id in ids if row_id in rows]
    act = sweep.acting(found, at)
    for row in found:
        act(row)


def _alone(sweep: Sweep[Found], viewer: Viewer, row_id: UUID, at: datetime) -> bool:
    """True when it is done or moved aside."""
    try:
        with savepoint():
            _act(sweep, viewer, [row_id], at)
    except OperationalError:
        raise
    except Exception:
        log.exception("a due row broke", noun=sweep.noun, row_id=str(row_id))
        if sweep.broke is None:
            return False
        for row in _read(sweep, viewer, [row_id]):
            sweep.broke(row, at)
    return True


def _read(sweep: Sweep[Found], viewer: Viewer, ids: Sequence[UUID]) -> Sequence[Any]:
    mine = sweep.visible(viewer).where(sweep.table.id.in_(ids))
    return db.session.scalars(mine.execution_options(populate_existing=True)).all()
