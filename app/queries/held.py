"""Inbound messages held until the carrier confirms them, and those it lately refused: what was odd about
each, and what the carrier said when it was asked. A constant number of statements."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app.access import seen, visible_messages
from app.core.db import db
from app.models.event import Event
from app.models.message import Message
from app.models.viewer import Viewer
from app.queries.timeline import staff_names

MOST = 100
#: So long a refused text stays to be seen.
REFUSED_DAYS = timedelta(days=30)
_WAITS = "unknown keys%"
_TOLD = ("message.held", "message.unconfirmed", "message.asked_about", "message.refused")


@dataclass(frozen=True, slots=True)
class Held:
    """One message, the odd keys of its request, and what happened since, oldest first."""

    message: Message
    odd: list[str]
    events: list[Event]

    @property
    def is_refused(self) -> bool:
        return (self.message.understood or {}).get("kind") == "refused"


@dataclass(frozen=True, slots=True)
class HeldList:
    waiting: list[Held]
    refused: list[Held]
    names: dict[UUID, str]


def held_list(viewer: Viewer, *, at: datetime) -> HeldList:
    """What the viewer may see, longest held first; its patients are reported as seen."""
    lately = or_(Message.held_reason.like(_WAITS), Message.created_at > at - REFUSED_DAYS)
    rows = list(
        db.session.scalars(
            visible_messages(viewer)
            .where(Message.held_reason.is_not(None), lately)
            .options(joinedload(Message.patient), joinedload(Message.phone_number))
            .order_by(Message.created_at, Message.id)
            .limit(MOST)
        )
    )
    seen(viewer, [row.patient_id for row in rows if row.patient_id], through="held")
    told = _events(viewer, rows)
    found = [Held(row, _odd(told.get(row.id, [])), told.get(row.id, [])) for row in rows]
    return HeldList(
        [each for each in found if not each.is_refused],
        [each for each in found if each.is_refused],
        staff_names(viewer),
    )


def waiting_held(viewer: Viewer) -> int:
    """How many wait for the carrier's word."""
    waiting = visible_messages(viewer).where(Message.held_reason.like(_WAITS))
    return db.session.scalar(waiting.with_only_columns(func.count())) or 0


def _events(viewer: Viewer, rows: list[Message]) -> dict[UUID, list[Event]]:
    found: dict[UUID, list[Event]] = {}
    told = select(Event).where(
        Event.practice_id == viewer.practice_id,
        Event.subject_type == Message.__tablename__,
        Event.subject_id.in_([row.id for row in rows]),
        Event.kind.in_(_TOLD),
    )
    for event in db.session.scalars(told.order_by(Event.at, Event.id)):
        found.setdefault(event.subject_id, []).append(event)
    return found


def _odd(events: list[Event]) -> list[str]:
    return next((list(e.facts.get("keys", [])) for e in events if e.kind == "message.held"), [])
