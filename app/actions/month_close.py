"""Closing a month: the signed export of its ledger freezes it, and what comes later is marked late. An admin
can open it again, with a reason."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from app.actions import exports
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import record
from app.models.month_close import MonthClose
from app.models.practice import Practice
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
    run = exports.request(
        practice, from_on=first, to_on=last, file_format="jsonl", by=by, at=at,
        purpose="internal", reason=f"Close of {month}",
    )  # fmt: skip
    row = MonthClose(
        practice_id=practice.id, month=month, closed_at=at, closed_by_id=by.id, left_open=still,
        reason=reason.strip()[:300] or None, export_id=run.id,
    )  # fmt: skip
    db.session.add(row)
    record(row, "month.closed", by=by.actor, at=at, month=month, left_open=still,
           export_id=str(run.id))  # fmt: skip
    return row


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
