"""Corrections of the ledger: a reversing row with author and reason; the first row stays for ever."""

import secrets
from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.month_close import AFTER_CLOSE, came_after_close
from app.models.touchpoint import MinutesSource, Touchpoint, TouchpointText

_OWN = {"id", "salt", "source_kind", "source_id", "supersedes_id", "void_reason", "composition",
        "entered_by_id"}  # fmt: skip
#: What a reversing row repeats of the one it takes back.
_COPIED = [each.key for each in Touchpoint.__table__.columns if each.key not in _OWN]


def void(row: Touchpoint, *, reason: str, by: Actor, at: datetime) -> Touchpoint:
    """Take a row back by a reversing row; the first one stays for ever.

    Raises Conflict when it was corrected already, Invalid without a reason.
    """
    if not reason.strip():
        raise Invalid("Say why this entry is taken back.", field="reason")
    taken = db.session.scalar(
        select(Touchpoint.id).where(
            Touchpoint.practice_id == row.practice_id, Touchpoint.supersedes_id == row.id
        )
    )
    if taken is not None:
        raise Conflict("This entry was corrected already.")
    copied = {name: getattr(row, name) for name in _COPIED}
    if came_after_close(row.practice_id, row.time_zone, worked_at=row.started_at, at=at):
        copied["late_entry_reason"] = AFTER_CLOSE
    reversing = Touchpoint(
        **(copied | {"seconds": 0, "minutes_source": MinutesSource.NONE, "recorded_at": at}),
        source_kind="void",
        source_id=str(row.id),
        supersedes_id=row.id,
        void_reason=reason.strip(),
        entered_by_id=by.id if by.kind == "user" else None,
    )
    db.session.add(reversing)
    db.session.add(
        TouchpointText(
            practice_id=row.practice_id, touchpoint_id=reversing.id, salt=secrets.token_bytes(32)
        )
    )
    record(reversing, "touchpoint.voided", by=by, at=at, touchpoint_id=str(row.id))
    return reversing
