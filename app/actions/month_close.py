"""Closing a month: the signed export of its ledger freezes it, and what comes later is marked late. An admin
can open it again, with a reason."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import and_, func, select

from app.actions import exports
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import record
from app.models.month_close import MonthClose
from app.models.practice import Practice
from app.models.run import ExportRun, RunStatus
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.models.user import Role
from app.models.viewer import Viewer


def close(
    practice: Practice, first: date, last: date, *, left_open: Mapping[str, int], reason: str,
    by: Viewer, at: datetime, today: date,
) -> MonthClose:  # fmt: skip
    """Close the month from `first` to `last` and ask for its export.

    Raises Conflict while it is not over or is closed, Invalid when points are open and nobody says why.
    """
    by.check_role(Role.LEAD, Role.ADMIN)
    month = f"{first:%Y-%m}"
    if today <= last:
        raise Conflict("This month is not over yet.")
    if standing(practice, month) is not None:
        raise Conflict("This month is closed already.")
    still = {line: count for line, count in left_open.items() if count}
    if still and not reason.strip():
        raise Invalid("Say why it is closed with points open.", field="reason")
    run = _ask_file(practice, month, first, last, by=by, at=at)
    row = MonthClose(
        practice_id=practice.id, month=month, closed_at=at, closed_by_id=by.id, left_open=still,
        reason=reason.strip()[:300] or None, export_id=run.id,
    )  # fmt: skip
    db.session.add(row)
    record(row, "month.closed", by=by.actor, at=at, month=month, left_open=still,
           export_id=str(run.id))  # fmt: skip
    return row


def _ask_file(
    practice: Practice, month: str, first: date, last: date, *, by: Viewer, at: datetime,
    as_of_seq: int | None = None,
) -> ExportRun:  # fmt: skip
    return exports.request(
        practice, from_on=first, to_on=last, file_format="jsonl", by=by, at=at, purpose="internal",
        reason=f"Close of {month}", as_of_seq=as_of_seq,
    )  # fmt: skip


def make_file_again(practice: Practice, month: str, *, by: Viewer, at: datetime) -> ExportRun:
    """Ask once more for the signed file of a closed month that could not be made: the month's own, up to what
    was written down when it was closed. Raises Conflict when there is nothing to make again."""
    by.check_role(Role.LEAD, Role.ADMIN)
    row = standing(practice, month)
    if row is None:
        raise Conflict("This month is not closed.")
    failed = db.session.get_one(ExportRun, (practice.id, row.export_id))
    if failed.status is not RunStatus.FAILED:
        raise Conflict("The month's file is there, or being made.")
    last_seq = db.session.scalar(
        select(func.max(TouchpointSeal.seq))
        .join(Touchpoint, and_(Touchpoint.practice_id == TouchpointSeal.practice_id,
                               Touchpoint.id == TouchpointSeal.touchpoint_id))
        .where(TouchpointSeal.practice_id == practice.id, Touchpoint.recorded_at <= row.closed_at)
    )  # fmt: skip
    run = _ask_file(practice, month, failed.from_on, failed.to_on, by=by, at=at, as_of_seq=last_seq)
    db.session.flush()
    row.export_id = run.id
    record(row, "month.file_asked", by=by.actor, at=at, month=month, export_id=str(run.id))
    return run


def reopen(practice: Practice, month: str, *, reason: str, by: Viewer, at: datetime) -> None:
    """Raises Conflict for a month that is not closed, Invalid without a reason, Forbidden but for admins."""
    by.check_role(Role.ADMIN)
    row = standing(practice, month)
    if row is None:
        raise Conflict("This month is not closed.")
    if not reason.strip():
        raise Invalid("Say why the month is opened again.", field="reason")
    row.reopened_at, row.reopened_by_id = at, by.id
    row.reopen_reason = reason.strip()[:300]
    record(row, "month.reopened", by=by.actor, at=at, month=month, reason=row.reopen_reason)


def standing(practice: Practice, month: str) -> MonthClose | None:
    """The close that stands, if the month is closed."""
    return db.session.scalars(
        select(MonthClose).where(
            MonthClose.practice_id == practice.id, MonthClose.month == month,
            MonthClose.reopened_at.is_(None),
        )
    ).one_or_none()  # fmt: skip
