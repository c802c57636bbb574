"""Exports over `$export`: asked for by a token, one at a time each, made by a worker's child process, and
gone when cancelled or a day old."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select

from app.actions.tokens import GROUP
from app.core.db import db
from app.core.errors import NotFound, TouchlineError
from app.core.ids import parse_id
from app.models.bulk_export import BulkExport
from app.models.care_team import CareTeam
from app.models.event import SYSTEM, record
from app.models.practice import Practice
from app.models.run import RunStatus
from app.models.viewer import Viewer

#: How long the files wait to be fetched.
KEPT = timedelta(hours=24)


class StillBusy(TouchlineError):
    """An export of this token is being made. Wait for it or cancel it, then ask again."""

    status: ClassVar[int] = 429
    retryable: ClassVar[bool] = True
    our_fault: ClassVar[bool] = False
    code: ClassVar[str] = "throttled"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a kick-off asks for. `types` empty = every kind."""

    url: str
    group: str | None = None
    types: Sequence[str] = ()
    unknown_types: Sequence[str] = ()
    since: datetime | None = None


def request(practice: Practice, wanted: Wanted, *, by: Viewer, at: datetime) -> BulkExport:
    """Write what was asked for. Raises StillBusy while another one of the token is being made, NotFound
    for a group that is none of the practice's or not the token's."""
    group = group_for(by, wanted.group)
    if any(each.is_busy for each in _of(by)):
        raise StillBusy
    row = BulkExport(
        practice_id=practice.id, token_id=by.id, group_id=group.id if group else None,
        types=list(wanted.types), unknown_types=list(wanted.unknown_types), since=wanted.since,
        is_named="patients:read" in by.scopes, request_url=wanted.url, created_at=at,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record(row, "bulk_export.requested", by=by.actor, at=at, types=list(wanted.types),
           group_id=str(group.id) if group else None)  # fmt: skip
    return row


def group_for(by: Viewer, group: str | None) -> CareTeam | None:
    """The care team an export is narrowed to: the one asked for, or the one the token is bound to. A
    bound token asks for its own or for nothing in particular."""
    bound = next((s.removeprefix(GROUP) for s in by.scopes if s.startswith(GROUP)), None)
    if group is None and bound is None:
        return None
    wanted = parse_id(group or bound or "")
    if wanted is None or (bound is not None and wanted != parse_id(bound)):
        raise NotFound
    found = db.session.get(CareTeam, (by.practice_id, wanted))
    if found is None:
        raise NotFound
    return found


def find(by: Viewer, export_id: UUID) -> BulkExport:
    """The token's own export. Raises NotFound for another's, a cancelled or an expired one."""
    row = db.session.get(BulkExport, (by.practice_id, export_id), populate_existing=True)
    if row is None or row.token_id != by.id or row.ended_at is not None:
        raise NotFound
    return row


def cancel(row: BulkExport, *, by: Viewer, at: datetime) -> None:
    """Stop it or give its files up; there is nothing at its address any more."""
    row.ended_at = at
    if row.status is RunStatus.WAITING:
        row.status = RunStatus.FAILED  # nobody starts it
    record(row, "bulk_export.cancelled", by=by.actor, at=at)


def finish(row: BulkExport, output: list[dict[str, object]], *, at: datetime) -> None:
    row.status, row.output, row.finished_at = RunStatus.DONE, output, at
    record(row, "bulk_export.made", by=SYSTEM, at=at, rows=row.done)


def fail(row: BulkExport, error: Exception, *, at: datetime) -> None:
    """Words for the caller; what went wrong inside stands in the log."""
    text = (
        error.person_text if isinstance(error, TouchlineError) else "The export could not be made."
    )
    row.status, row.error, row.finished_at = RunStatus.FAILED, text, at
    record(row, "bulk_export.failed", by=SYSTEM, at=at)


def expire(practice_id: UUID, *, at: datetime) -> int:
    """End what is a day old and remove the files of all that ended. Returns how many went."""
    old = select(BulkExport).where(
        BulkExport.practice_id == practice_id, BulkExport.path.is_not(None),
        BulkExport.ended_at.is_not(None) | (BulkExport.finished_at <= at - KEPT),
    )  # fmt: skip
    # What runs may still write: it is looked at again when it ended.
    rows = list(db.session.scalars(old.where(BulkExport.status != RunStatus.RUNNING)))
    for row in rows:
        shutil.rmtree(Path(row.path or ""), ignore_errors=True)
        row.path = None
        if row.ended_at is None:
            row.ended_at = at
            record(row, "bulk_export.expired", by=SYSTEM, at=at)
    return len(rows)


def folder_of(root: Path, row: BulkExport) -> Path:
    return root / "bulk" / str(row.practice_id) / str(row.id)


def _of(by: Viewer) -> list[BulkExport]:
    mine = select(BulkExport).where(
        BulkExport.practice_id == by.practice_id, BulkExport.token_id == by.id,
        BulkExport.ended_at.is_(None),
        BulkExport.status.in_((RunStatus.WAITING, RunStatus.RUNNING)),
    )  # fmt: skip
    return list(db.session.scalars(mine))
