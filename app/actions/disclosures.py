"""A message that stood with the wrong person was disclosed to them, if their portal showed it: where, since
when, and whether the portal was opened meanwhile. One event on each of the two stories, for staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core.db import db
from app.models.conversation import Conversation
from app.models.event import AccessLog, Actor, record

KIND = "disclosure.found"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """`what` (message or call) of somebody else stood in `portal_of`'s portal from `since`."""

    what: str
    subject_id: UUID
    portal_of: UUID
    since: datetime
    #: When that portal was last opened while it stood there; None: not once.
    opened_at: datetime | None


def find(
    practice_id: UUID, *, what: str, subject_id: UUID, portal_of: UUID, since: datetime
) -> Disclosure:
    """What the portal of the person it stood with has shown. Reads only."""
    opened = select(func.max(AccessLog.at)).where(
        AccessLog.practice_id == practice_id,
        AccessLog.patient_id == portal_of,
        AccessLog.viewer_kind == "patient",
        AccessLog.at >= since,
    )
    return Disclosure(what, subject_id, portal_of, since, db.session.scalar(opened))


def keep(
    found: Disclosure, shown_to: Conversation, about: Conversation, *, by: Actor, at: datetime
) -> None:
    """Write it on both stories. Neither names the other person: not everybody may see both."""
    facts: dict[str, Any] = {
        "what": found.what,
        "subject_id": str(found.subject_id),
        "portal_of": str(found.portal_of),
        "since": found.since.isoformat(),
        "opened_at": found.opened_at.isoformat() if found.opened_at else None,
    }
    for thread, side in ((shown_to, "shown_to"), (about, "about")):
        record(thread, KIND, by=by, at=at, side=side, **facts)
