"""Exports as the practice asks for them: sealing first, a run with progress, and the event that says
who took what."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.core.db import db
from app.core.errors import Invalid, TouchlineError
from app.exports.rows import Period, check_period
from app.exports.touchpoints import FORMATS
from app.models.event import SYSTEM, record
from app.models.practice import Practice
from app.models.run import ExportRun, RunStatus
from app.models.viewer import Viewer


def request(
    practice: Practice, *, from_on: date, to_on: date, file_format: str, by: Viewer, at: datetime
) -> ExportRun:
    """Ask for an export; a worker's child process makes it. Raises Invalid for odd periods or formats."""
    check_period(from_on, to_on)
    if file_format not in FORMATS:
        raise Invalid(f"Choose one of {', '.join(FORMATS)}.", field="format")
    run = ExportRun(
        practice_id=practice.id, from_on=from_on, to_on=to_on, format=file_format,
        by_id=by.id if by.kind == "user" else None, created_at=at,
    )  # fmt: skip
    db.session.add(run)
    record(run, "export.requested", by=by.actor, at=at, format=file_format)
    return run


def record_made(
    practice: Practice,
    period: Period,
    file_format: str,
    *,
    by: Viewer,
    at: datetime,
    made: dict[str, Any],
    run: ExportRun | None = None,
) -> None:
    """Note a finished export: who took which rows. Without `run` it was made on the command line."""
    run = run or ExportRun(
        practice_id=practice.id, from_on=period.from_on, to_on=period.to_on, format=file_format,
        total=made["rows"], created_at=at,
    )  # fmt: skip
    run.status, run.manifest, run.done, run.finished_at = RunStatus.DONE, made, made["rows"], at
    db.session.add(run)
    record(run, "export.made", by=by.actor, at=at, format=file_format, as_of_seq=period.as_of_seq,
           rows=made["rows"], from_on=period.from_on.isoformat(), to_on=period.to_on.isoformat())  # fmt: skip


def record_failed(run: ExportRun, error: Exception, *, at: datetime) -> None:
    """Note that an export could not be made, in words a person may read."""
    text = (
        error.person_text if isinstance(error, TouchlineError) else "The export could not be made."
    )
    run.status, run.error, run.finished_at = RunStatus.FAILED, text, at
    record(run, "export.failed", by=SYSTEM, at=at)


def folder_of(root: Path, run: ExportRun) -> Path:
    return root / "exports" / str(run.practice_id) / str(run.id)
