"""Who saw whom: edges and queries note the patients they show, and one row each goes into the access log at
the end of the request. Others reach this as `access.seen` and `access.write_seen`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Table, insert, select

from app.core.clock import db_now
from app.core.db import db
from app.core.ids import new_id
from app.models.event import AccessLog
from app.models.viewer import Viewer

#: A page left open counts as one look for this long.
ONE_LOOK = timedelta(minutes=10)


def seen(viewer: Viewer, patient_ids: Iterable[UUID], *, through: str) -> None:
    """Note that the viewer saw these patients; written once per request by `write_seen`."""
    if viewer.kind == "system":
        return
    noted = db.session.info.setdefault("seen", {})
    for patient_id in patient_ids:
        noted.setdefault((viewer, patient_id), through)


def write_seen(*, page_asked_by_itself: bool = False) -> None:
    """Write the noted look-ups. Edges call it inside a transaction of their own at the end.

    An open page that refreshes itself is one look, not one every 30 seconds: what its viewer has
    been shown in the last minutes is not written again.
    """
    noted: dict[tuple[Viewer, UUID], str] = db.session.info.pop("seen", {})
    if not noted:
        return
    at = db_now()
    known = _shown_lately(noted, at) if page_asked_by_itself else frozenset()
    rows = [
        {"practice_id": viewer.practice_id, "id": new_id(), "at": at, "viewer_kind": viewer.kind,
         "viewer_id": viewer.id, "patient_id": patient_id, "through": through}
        for (viewer, patient_id), through in noted.items()
        if (viewer.id, patient_id) not in known
    ]  # fmt: skip
    if rows:
        db.session.execute(insert(cast("Table", AccessLog.__table__)), rows)


def _shown_lately(
    noted: Iterable[tuple[Viewer, UUID]], at: datetime
) -> frozenset[tuple[UUID | None, UUID]]:
    """Which of these (viewer, patient) pairs the log holds for the last minutes."""
    viewers = {viewer.id: viewer.practice_id for viewer, _ in noted}
    rows = db.session.execute(
        select(AccessLog.viewer_id, AccessLog.patient_id).where(
            AccessLog.practice_id.in_(set(viewers.values())),
            AccessLog.viewer_id.in_(viewers),
            AccessLog.at > at - ONE_LOOK,
        )
    )
    return frozenset((viewer_id, patient_id) for viewer_id, patient_id in rows)
