"""What the rows of an export sum to: only rows that stand count, so that a correction is never counted
twice."""

from typing import Any

from sqlalchemy import func

from app.core.db import db
from app.exports.wanted import Wanted, chosen, taken_back
from app.models.touchpoint import INTERNAL, Touchpoint
from app.models.viewer import Viewer


def sums(viewer: Viewer, wanted: Wanted) -> tuple[int, dict[str, Any]]:
    """Rows in the file, and contacts and seconds that stand, also rows by activity and channel. Work within
    the practice has seconds and is no contact."""
    gone = taken_back(viewer, wanted.period.as_of_seq).subquery()
    stands = Touchpoint.void_reason.is_(None) & gone.c.supersedes_id.is_(None)
    keys = (Touchpoint.activity_type, Touchpoint.channel)
    found = db.session.execute(
        chosen(viewer, wanted)
        .outerjoin(gone, gone.c.supersedes_id == Touchpoint.id)
        .with_only_columns(
            *keys,
            func.count(),
            func.count().filter(stands),
            func.coalesce(func.sum(Touchpoint.seconds).filter(stands), 0),
        )
        .group_by(*keys)
    ).all()
    by_activity: dict[str, int] = {}
    by_channel: dict[str, int] = {}
    for activity, channel, _, standing, _ in found:
        by_activity[activity] = by_activity.get(activity, 0) + standing
        by_channel[channel] = by_channel.get(channel, 0) + standing
    return sum(row[2] for row in found), {
        "contacts": sum(row[3] for row in found if row[1] != INTERNAL),
        "seconds": sum(int(row[4]) for row in found),
        "by_activity": dict(sorted(by_activity.items())),
        "by_channel": dict(sorted(by_channel.items())),
    }
