"""The pace of a line as its row keeps it: moments given out one after the other by the database's time, and
stops the carrier asked for. Locked while a practice's texts are claimed, so workers share one pace."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from app.core.db import db
from app.core.log import logger
from app.models.event import SYSTEM, Actor, record
from app.models.message import Message
from app.models.practice import Line
from messaging.delivery_errors import ErrorPolicy
from messaging.pace import free_after, next_slot

log = logger("outbox")
#: A full queue at the carrier gets this long to drain before another text tries it.
FULL_PAUSE = timedelta(minutes=10)
#: A line that isn't registered is tried again so seldom that hardly a text is spent on it.
UNREGISTERED_PAUSE = timedelta(hours=6)
QUEUE_FULL, NOT_REGISTERED = "queue_full", "not_registered"


def closed_lines(practice_id: UUID, *, at: datetime) -> Sequence[UUID]:
    """Lock the practice's lines and name those that may give out no moment now."""
    lines = db.session.scalars(
        select(Line)
        .where(Line.practice_id == practice_id)
        .order_by(Line.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    return [line.id for line in lines if line.is_stopped(at) or not next_slot(line.free_at, at=at)]


def may_leave(closed: Sequence[UUID], *, at: datetime) -> ColumnElement[bool]:
    """Texts of lines that are not closed, those without a line, and those too old to be of use."""
    return or_(Message.line_id.is_(None), Message.line_id.not_in(closed), Message.not_after <= at)


def take_slot(line: Line, segments: int, *, at: datetime) -> datetime | None:
    """Give the line's next free moment to a text; None when it has none to give now."""
    slot = None if line.is_stopped(at) else next_slot(line.free_at, at=at)
    if slot is not None:
        line.free_at = free_after(slot, segments, line.segments_per_second)
    return slot


def stop_for(message: Message, policy: ErrorPolicy, *, at: datetime) -> None:
    """Stop the line a text left from, because its carrier said so; its other texts wait."""
    if message.line_id is None:
        return
    line = db.session.get_one(
        Line,
        (message.practice_id, message.line_id),
        with_for_update={"key_share": True},
        populate_existing=True,
    )
    why = NOT_REGISTERED if policy.our_fault else QUEUE_FULL
    until = at + (UNREGISTERED_PAUSE if policy.our_fault else FULL_PAUSE)
    if line.stopped_until is not None and line.stopped_until >= until:
        return
    if not line.is_stopped(at):
        log.error("a line is stopped", line_id=str(line.id), why=why, error_code=policy.code)
        record(line, "line.stopped", by=SYSTEM, at=at, why=why, code=policy.code)
    line.stopped_until, line.stopped_why = until, why


def resume(line: Line, *, by: Actor, at: datetime) -> bool:
    """Let a stopped line send again at once; False when it was not stopped."""
    if not line.is_stopped(at):
        return False
    line.stopped_until = line.stopped_why = None
    record(line, "line.resumed", by=by, at=at)
    return True
