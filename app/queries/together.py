"""Whether two workers on one patient at once counted once, as the practice had it set at a moment: a month
keeps what held when it ended, and a file made again what held at its place in the chain."""

from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.models.event import Event
from app.models.practice import Practice

SETTING = "counts_together_once"


def counted_once(practice: Practice, *, at: datetime) -> bool:
    """What the first change since then replaced; unchanged since: what is set."""
    changes = select(Event.facts).where(
        Event.practice_id == practice.id,
        Event.subject_type == Practice.__tablename__,
        Event.subject_id == practice.id,
        Event.kind == "practice.changed",
        Event.at >= at,
    )
    for facts in db.session.scalars(changes.order_by(Event.at, Event.id)):
        if SETTING in facts.get("before", {}):
            return bool(facts["before"][SETTING])
    return practice.counts_together_once
