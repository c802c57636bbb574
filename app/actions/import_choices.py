"""What people decide about an import: that what they looked at goes in, that it does not, that a broken one
goes on, that the whole of it is taken back. Each is one conditional change: a second click is none."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update

from app.actions import import_undo
from app.core.db import db
from app.models.event import Actor, record
from app.models.run import ImportPhase, ImportRun, RunStatus

_FROM_NOTHING = {"done": 0, "created": 0, "updated": 0, "unchanged": 0, "refused": 0}


def approve(run: ImportRun, *, by: Actor, at: datetime) -> bool:
    """What was looked at goes in; a worker does it. False when somebody decided already."""
    values = {"phase": ImportPhase.COMMIT, "status": RunStatus.WAITING, "finished_at": None}
    if by.kind == "user":
        values["by_id"] = by.id  # type: ignore[assignment]
    if not _move(run, ImportPhase.PREVIEW, RunStatus.READY, values | _FROM_NOTHING):
        return False
    import_undo.forget_problems(run)
    record(run, "import.committed", by=by, at=at)
    return True


def discard(run: ImportRun, *, by: Actor, at: datetime) -> bool:
    """It does not go in. False when somebody decided already."""
    values = {"status": RunStatus.DISCARDED, "finished_at": at, "sample": None}
    if not _move(run, ImportPhase.PREVIEW, RunStatus.READY, values):
        return False
    record(run, "import.discarded", by=by, at=at)
    return True


def go_on(run: ImportRun, *, by: Actor, at: datetime) -> bool:
    """One that broke off goes on where it stopped. False when it is not broken, or its file is gone."""
    if run.path is None and run.phase is not ImportPhase.UNDO:
        return False
    values = {"status": RunStatus.WAITING, "finished_at": None, "error": None, "lease_until": None}
    if not _move(run, run.phase, RunStatus.FAILED, values):
        return False
    record(run, "import.resumed", by=by, at=at)
    return True


def undo(run: ImportRun, *, by: Actor, at: datetime) -> bool:
    """Take back the whole of it; a worker does it. What stands in the way is kept on the run instead.

    False when that was decided already, or something is in the way.
    """
    if run.phase is not ImportPhase.COMMIT or run.status is not RunStatus.DONE:
        return False
    run.in_the_way = import_undo.in_the_way(run) or None
    if run.in_the_way:
        return False
    db.session.flush()
    values = {
        "phase": ImportPhase.UNDO,
        "status": RunStatus.WAITING,
        "done": 0,
        "finished_at": None,
    }
    if not _move(run, ImportPhase.COMMIT, RunStatus.DONE, values):
        return False
    record(run, "import.undo_asked", by=by, at=at)
    return True


def _move(run: ImportRun, phase: ImportPhase, status: RunStatus, values: dict[str, Any]) -> bool:
    """Change the run if it still stands where it was seen."""
    moved = cast(
        "CursorResult[Any]",
        db.session.execute(
            update(ImportRun)
            .where(
                ImportRun.practice_id == run.practice_id, ImportRun.id == run.id,
                ImportRun.phase == phase, ImportRun.status == status,
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        ),
    )  # fmt: skip
    db.session.refresh(run)
    return moved.rowcount == 1
